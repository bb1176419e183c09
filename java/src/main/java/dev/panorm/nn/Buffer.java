package dev.panorm.nn;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Tensor;

/**
 * State of a module that is saved but not learned, such as running statistics. It owns its memory
 * and dies with its module.
 */
public final class Buffer implements AutoCloseable {

  private Scope scope = Scope.open();
  private Tensor value;

  /** Creates a buffer with every element set to a value. */
  public Buffer(double initial, DType dtype, long... dims) {
    value = scope.empty(dtype, dims);
    value.fill(initial);
  }

  /** Returns the tensor. */
  public Tensor value() {
    return value;
  }

  /** Converts the value to a floating-point type; integers stay what they are. */
  void to(DType dtype) {
    if (value.dtype().isFloating()) {
      Scope fresh = Scope.open();
      Tensor converted = fresh.empty(dtype, value.shape());
      converted.copyFrom(value);
      value = converted;
      scope.close();
      scope = fresh;
    }
  }

  /** Gives the memory back. */
  @Override
  public void close() {
    scope.close();
  }
}
