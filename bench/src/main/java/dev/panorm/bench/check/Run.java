package dev.panorm.bench.check;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One run of a case in one type: hands out its inputs in that type and collects results. */
final class Run {

  private final Case subject;
  private final DType dtype;
  private final Scope scope;
  private final Map<String, Tensor> results = new LinkedHashMap<>();

  Run(Case subject, DType dtype, Scope scope) {
    this.subject = subject;
    this.dtype = dtype;
    this.scope = scope;
  }

  Case subject() {
    return subject;
  }

  Scope scope() {
    return scope;
  }

  DType dtype() {
    return dtype;
  }

  /** Returns a copy of an input, floating-point numbers in the type of the run. */
  Tensor input(String name) {
    Tensor stored = subject.tensor(name);
    Tensor copy = scope.empty(stored.dtype().isFloating() ? dtype : stored.dtype(), stored.shape());
    copy.copyFrom(stored);
    return copy;
  }

  /** As {@link #input}, null where the case has no such tensor. */
  @Nullable Tensor optional(String name) {
    return subject.tensors().containsKey(name) ? input(name) : null;
  }

  /** Returns room for a tensor in the type of the run, contents undefined. */
  Tensor room(Shape shape) {
    return scope.empty(dtype, shape);
  }

  /** Returns room for a gradient, null where there is nothing to be derived. */
  @Nullable Tensor roomLike(@Nullable Tensor tensor) {
    return tensor == null ? null : scope.emptyLike(tensor);
  }

  Affine affine() {
    return new Affine(optional("weight"), optional("bias"));
  }

  Affine roomLike(Affine affine) {
    return new Affine(roomLike(affine.weight()), roomLike(affine.bias()));
  }

  /** Notes a result; absent ones are not results. */
  void result(String name, @Nullable Tensor tensor) {
    if (tensor != null) {
      results.put(name, tensor);
    }
  }

  Map<String, Tensor> results() {
    return results;
  }
}
