package dev.panorm.backend;

import dev.panorm.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Losses. Arguments have been checked: shapes fit, class indices exist, types agree, storages are
 * retained, there is at least one element. Sums are in a fixed order, in float64.
 */
public interface LossKernels {

  /**
   * Returns the sum of the cross entropies of all positions, Σ −t · log softmax(x), with t as
   * {@link CrossEntropyPlan} defines it.
   *
   * @param target class indices (int64, [outer, inner]) or probabilities (of x's shape and type)
   * @param weight one factor per class, null for ones
   * @param losses receives the loss of each position, [outer, inner]; null where it is not wanted
   */
  double crossEntropy(
      CrossEntropyPlan plan,
      Tensor x,
      Tensor target,
      @Nullable Tensor weight,
      @Nullable Tensor losses);

  /**
   * dx = scale · dloss · (softmax(x) · Σ t − t) for each position.
   *
   * @param dlosses upstream gradient of each position's loss, null for ones
   */
  void crossEntropyBackward(
      CrossEntropyPlan plan,
      Tensor x,
      Tensor target,
      @Nullable Tensor weight,
      @Nullable Tensor dlosses,
      double scale,
      Tensor dx);

  /**
   * Returns Σ (x − target)².
   *
   * @param losses receives (x − target)² of each element; null where it is not wanted
   */
  double squaredError(Tensor x, Tensor target, @Nullable Tensor losses);

  /**
   * dx = 2 · scale · dloss · (x − target) for each element.
   *
   * @param dlosses upstream gradient of each element's loss, null for ones
   */
  void squaredErrorBackward(
      Tensor x, Tensor target, @Nullable Tensor dlosses, double scale, Tensor dx);
}
