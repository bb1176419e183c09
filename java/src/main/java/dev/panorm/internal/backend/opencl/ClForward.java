package dev.panorm.internal.backend.opencl;

import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormStats;
import dev.panorm.backend.RunningStats;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of a forward call of {@link dev.panorm.backend.NormKernels}.
 *
 * @param given statistics to use instead of the data's, null where the data's are wanted
 */
record ClForward(
    NormPlan plan,
    Tensor x,
    @Nullable Tensor residual,
    Affine affine,
    @Nullable RunningStats running,
    @Nullable Given given,
    Tensor y,
    @Nullable Tensor sum,
    @Nullable NormStats saved) {

  /**
   * Statistics that are constants.
   *
   * @param mean one per channel
   * @param variance one per channel
   */
  record Given(Tensor mean, Tensor variance) {}

  /** Returns every tensor of the data's type that kernels take vectors of. */
  Stream<Tensor> tensors() {
    return Stream.of(x, residual, affine.weight(), affine.bias(), y, sum).filter(Objects::nonNull);
  }

  /** Returns where the running mean goes, null where it goes nowhere. */
  @Nullable Tensor runningMean() {
    return running == null ? null : running.mean();
  }

  /** Returns where the running variance goes, null where it goes nowhere. */
  @Nullable Tensor runningVariance() {
    return running == null ? null : running.variance();
  }

  /** Returns the weight of the new statistic. */
  double momentum() {
    return running == null ? 0 : running.momentum();
  }

  /** Returns 1 where the running variance is the unbiased one. */
  int unbiased() {
    return running != null && running.unbiased() ? 1 : 0;
  }
}
