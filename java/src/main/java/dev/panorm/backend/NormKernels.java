package dev.panorm.backend;

import dev.panorm.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The norm family. The {@link NormPlan} says which member; {@link NormPlan.Family} what shares a
 * statistic.
 *
 * <p>Every argument has been checked against the plan: sizes, one floating-point type for all,
 * storages retained, outputs apart from inputs, except that {@code dx} may be the very memory of
 * {@code dy}. Kernels write only what they are given and allocate nothing on the Java heap. The
 * same input gives the same bits for any number of threads.
 *
 * <p>Formulas, with x the norm's input (the sum, where a residual comes before the norm), m
 * elements per statistic:
 *
 * <pre>
 *   mean = Σ x / m,  var = Σ (x − mean)² / m,  x̂ = (x − mean) · rstd          (RMSNorm: mean = 0 throughout)
 *   z = weight · x̂ + bias (+ residual, where it comes after the norm),  y = activation(z)
 *   dz = dy · activation'(z),  g = dz · weight
 *   dx = rstd · (g − mean(g) − k · x̂ · mean(g · x̂)) (+ dsum),  dweight = Σ dz · x̂,  dbias = Σ dz
 * </pre>
 */
public interface NormKernels {

  /**
   * Forward with statistics of the data itself.
   *
   * @param residual second input, null where the plan has none
   * @param running updated where the family is channels; null for slabs and where there are none
   * @param sum receives x + residual, for {@link NormPlan.Residual#BEFORE_NORM}; null where nobody
   *     wants it, else apart from all inputs
   * @param saved receives the statistics; null where nobody wants them
   */
  void forward(
      NormPlan plan,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      @Nullable RunningStats running,
      Tensor y,
      @Nullable Tensor sum,
      @Nullable NormStats saved);

  /**
   * Backward of {@link #forward}.
   *
   * @param x what was normalized: the sum where a residual came before the norm
   * @param residual the residual where it came after the norm, since activation'(z) needs it; else
   *     null
   * @param dsum upstream gradient of the sum, added to dx; null for zero
   * @param dx receives the gradient of x (and of a residual before the norm); null where nobody
   *     wants it
   * @param dresidual receives dz, the gradient of a residual after the norm; null where nobody
   *     wants it
   * @param gradient receives dweight and dbias, overwritten; null inside where nobody wants them
   */
  void backward(
      NormPlan plan,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      NormStats saved,
      Tensor dy,
      @Nullable Tensor dsum,
      @Nullable Tensor dx,
      @Nullable Tensor dresidual,
      Affine gradient);

  /**
   * Forward over channels with given statistics instead of the data's.
   *
   * @param mean one per channel, of the data's type
   * @param variance one per channel; {@link dev.panorm.EpsMode} adds eps to it
   */
  void frozenForward(
      NormPlan plan,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      Tensor mean,
      Tensor variance,
      Tensor y,
      @Nullable Tensor sum);

  /**
   * Backward of {@link #frozenForward}: the statistics are constants, so dx = g · rstd (+ dsum).
   */
  void frozenBackward(
      NormPlan plan,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      Tensor mean,
      Tensor variance,
      Tensor dy,
      @Nullable Tensor dsum,
      @Nullable Tensor dx,
      @Nullable Tensor dresidual,
      Affine gradient);
}
