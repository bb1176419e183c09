package dev.panorm.backend;

import dev.panorm.RandomStream;
import dev.panorm.Tensor;

/** Dropout. Arguments have been checked; formulas stand with {@link DropPlan}. */
public interface DropKernels {

  /**
   * y = dropout(x), by selection, so that a dropped infinity leaves no NaN.
   *
   * @param y may be the very memory of x
   */
  void drop(DropPlan plan, RandomStream stream, Tensor x, Tensor y);
}
