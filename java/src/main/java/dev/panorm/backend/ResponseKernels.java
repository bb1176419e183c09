package dev.panorm.backend;

import dev.panorm.Tensor;

/**
 * Local response normalization, {@link ResponsePlan}. Arguments have been checked: shapes fit the
 * plan, types agree, storages are retained, there is at least one element.
 */
public interface ResponseKernels {

  /** y = x · s^−beta; y overlaps x nowhere. */
  void forward(ResponsePlan plan, Tensor x, Tensor y);

  /**
   * dx_c = dy_c · s_c^−beta − 2 · alpha · beta · x_c · Σ dy_j · x_j · s_j^(−beta − 1), j from c −
   * after to c + before: the channels whose neighbour c is.
   *
   * @param dx overlaps x nowhere; may be the very memory of dy
   */
  void backward(ResponsePlan plan, Tensor x, Tensor dy, Tensor dx);
}
