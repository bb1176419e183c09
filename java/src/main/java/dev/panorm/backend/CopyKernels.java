package dev.panorm.backend;

import dev.panorm.Tensor;

/**
 * Copies into another order. Arguments have been checked: the plan stays inside x and fills y,
 * types agree, storages are retained, x and y are apart, y is not empty.
 */
public interface CopyKernels {

  /** y = elements of x as the plan says. */
  void copy(CopyPlan plan, Tensor x, Tensor y);
}
