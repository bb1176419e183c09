package dev.panorm.internal.backend.opencl;

import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormStats;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of a backward call of {@link dev.panorm.backend.NormKernels}.
 *
 * @param saved the data's statistics, null where others were given
 * @param given statistics that are constants, null where the data's were used
 */
record ClBackward(
    NormPlan plan,
    Tensor x,
    @Nullable Tensor residual,
    Affine affine,
    @Nullable NormStats saved,
    ClForward.@Nullable Given given,
    Tensor dy,
    @Nullable Tensor dsum,
    @Nullable Tensor dx,
    @Nullable Tensor dresidual,
    Affine gradient) {

  /** Returns every tensor of the data's type that kernels take vectors of. */
  Stream<Tensor> tensors() {
    return Stream.of(
            x,
            residual,
            dy,
            dsum,
            dx,
            dresidual,
            affine.weight(),
            affine.bias(),
            gradient.weight(),
            gradient.bias())
        .filter(Objects::nonNull);
  }

  /** Returns whether weight or bias want a gradient. */
  boolean wantsParameters() {
    return gradient.weight() != null || gradient.bias() != null;
  }

  /** Returns whether the data wants a gradient. */
  boolean wantsData() {
    return dx != null || dresidual != null;
  }

  /** Returns 1 where the statistics are constants. */
  int frozen() {
    return given == null ? 0 : 1;
  }
}
