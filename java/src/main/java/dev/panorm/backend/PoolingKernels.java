package dev.panorm.backend;

import dev.panorm.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Two-dimensional pooling, {@link Pool2dPlan}. Arguments have been checked: shapes fit the plan,
 * types agree, indices lie in their planes, storages are retained, outputs overlap nothing, no
 * tensor is empty.
 */
public interface PoolingKernels {

  /**
   * y = the largest element of each window: the first of equal ones; a NaN before all, the last of
   * several.
   *
   * @param indices receives the position of each in its H x W plane, int64; null where it is not
   *     wanted
   */
  void maxForward(Pool2dPlan plan, Tensor x, Tensor y, @Nullable Tensor indices);

  /** dx = Σ of dy over the windows that chose the element. */
  void maxBackward(Pool2dPlan plan, Tensor dy, Tensor indices, Tensor dx);

  /** y = the elements of x at the indices. */
  void gather(Pool2dPlan plan, Tensor x, Tensor indices, Tensor y);

  /** y = Σ of each window / {@link Pool2dPlan#divisor}. */
  void averageForward(Pool2dPlan plan, Tensor x, Tensor y);

  /** dx = Σ of dy / divisor over the windows that hold the element. */
  void averageBackward(Pool2dPlan plan, Tensor dy, Tensor dx);
}
