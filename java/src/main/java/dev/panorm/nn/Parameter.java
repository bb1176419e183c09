package dev.panorm.nn;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.Variable;
import org.jspecify.annotations.Nullable;

/**
 * What a module learns: a leaf that owns the memory of its value and of its gradient, which is used
 * again from step to step. It dies with its module.
 */
public final class Parameter extends Variable implements AutoCloseable {

  /** What a parameter is to its module; optimizers group by it. */
  public enum Role {
    /** Weight of a linear map or a convolution. */
    WEIGHT,
    /** Bias of a linear map or a convolution. */
    BIAS,
    /** Scale of a norm. */
    NORM_WEIGHT,
    /** Shift of a norm. */
    NORM_BIAS
  }

  private final Role role;
  private Scope scope;
  private @Nullable Tensor gradMemory;

  /** Creates a float32 parameter, contents undefined. */
  public Parameter(Role role, long... dims) {
    this(role, Scope.open(), dims);
  }

  private Parameter(Role role, Scope scope, long... dims) {
    super(scope.empty(DType.FLOAT32, dims), true);
    this.role = role;
    this.scope = scope;
  }

  /** Returns what it is to its module. */
  public Role role() {
    return role;
  }

  /** Freezes the parameter (false) or lets it learn (true, as it starts). */
  public void setTrainable(boolean trainable) {
    setRequiresGrad(trainable);
    zeroGrad();
  }

  /** Converts the value to a type; the gradient is forgotten. */
  void to(DType dtype) {
    Scope fresh = Scope.open();
    Tensor converted = fresh.empty(dtype, shape());
    converted.copyFrom(value());
    setValue(converted);
    gradMemory = null;
    scope.close();
    scope = fresh;
  }

  @Override
  protected Tensor newGrad() {
    Tensor memory = gradMemory;
    if (memory == null) {
      memory = scope.emptyLike(value());
      gradMemory = memory;
    }
    return memory;
  }

  /** Gives the memory back. */
  @Override
  public void close() {
    scope.close();
  }
}
