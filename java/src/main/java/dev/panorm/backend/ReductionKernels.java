package dev.panorm.backend;

import dev.panorm.Tensor;

/**
 * Reductions over some dimensions. Arguments have been checked: shapes fit the plan, types agree,
 * storages are retained, there is at least one element and one result, x and the result are apart.
 * Sums are in a fixed order, short partial sums added up in float64.
 */
public interface ReductionKernels {

  /** y = f(elements) for each set of elements. */
  void reduce(Reduction function, ReducePlan plan, Tensor x, Tensor y);

  /**
   * Position of the largest element along mid, for each pair of outer and inner; the first of equal
   * ones, a NaN before all.
   *
   * @param indices int64, one for each pair
   */
  void argmax(long outer, long mid, long inner, Tensor x, Tensor indices);
}
