package dev.panorm.backend;

import dev.panorm.Tensor;

/**
 * Softmax over the dimension mid of a view {@code [outer, mid, inner]}. Arguments have been
 * checked: shapes fit, types agree, storages are retained, there is at least one element.
 */
public interface SoftmaxKernels {

  /**
   * y = exp(x − max) / Σ exp(x − max), or its logarithm x − max − log Σ exp(x − max). y may be the
   * very memory of x.
   */
  void softmax(boolean log, long outer, long mid, long inner, Tensor x, Tensor y);

  /**
   * From softmax's result: dx = y · (dy − Σ dy · y); from its logarithm's: dx = dy − exp(y) · Σ dy.
   * dx may be the very memory of dy.
   */
  void softmaxBackward(
      boolean log, long outer, long mid, long inner, Tensor y, Tensor dy, Tensor dx);
}
