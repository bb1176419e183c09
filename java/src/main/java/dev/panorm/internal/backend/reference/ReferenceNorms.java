package dev.panorm.internal.backend.reference;

import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormKernels;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormStats;
import dev.panorm.backend.RunningStats;
import org.jspecify.annotations.Nullable;

/**
 * The norms as their formulas are written, one element after the other.
 *
 * <p>Both families are the same here: sets of elements that share statistics, {@link NormSets}.
 */
final class ReferenceNorms implements NormKernels {

  @Override
  public void backward(
      NormPlan plan,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      NormStats saved,
      Tensor dy,
      @Nullable Tensor dsum,
      @Nullable Tensor dx,
      @Nullable Tensor dresidual,
      Affine gradient) {
    new NormBackward(plan, x, residual, affine, dy, dsum, dx, dresidual, gradient)
        .run(SavedStats.read(saved));
  }

  @Override
  public void forward(
      NormPlan plan,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      @Nullable RunningStats running,
      Tensor y,
      @Nullable Tensor sum,
      @Nullable NormStats saved) {
    new NormForward(plan, x, residual, affine, y, sum).run(running, saved);
  }

  @Override
  public void frozenForward(
      NormPlan plan,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      Tensor mean,
      Tensor variance,
      Tensor y,
      @Nullable Tensor sum) {
    new NormForward(plan, x, residual, affine, y, sum)
        .run(Elements.read(mean), Elements.read(variance));
  }

  @Override
  public void frozenBackward(
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
      Affine gradient) {
    new NormBackward(plan, x, residual, affine, dy, dsum, dx, dresidual, gradient)
        .run(Elements.read(mean), Elements.read(variance));
  }
}
