package dev.panorm.ops;

import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormStats;
import dev.panorm.backend.RunningStats;
import dev.panorm.internal.check.Hold;
import org.jspecify.annotations.Nullable;

/** {@link Hold} for the records that norms take. */
final class NormHold {

  private NormHold() {}

  static void retain(
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      Tensor y,
      @Nullable Tensor sum,
      @Nullable NormStats saved) {
    Hold.retain(x, residual, y, sum);
    try {
      retain(affine, saved);
    } catch (IllegalStateException e) {
      Hold.release(x, residual, y, sum);
      throw e;
    }
  }

  static void release(
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      Tensor y,
      @Nullable Tensor sum,
      @Nullable NormStats saved) {
    Hold.release(x, residual, y, sum);
    release(affine, saved);
  }

  private static void retain(Affine affine, @Nullable NormStats saved) {
    Hold.retain(affine.weight(), affine.bias());
    if (saved != null) {
      try {
        Hold.retain(saved.mean(), saved.meanLow(), saved.rstd(), null);
      } catch (IllegalStateException e) {
        Hold.release(affine.weight(), affine.bias());
        throw e;
      }
    }
  }

  private static void release(Affine affine, @Nullable NormStats saved) {
    Hold.release(affine.weight(), affine.bias());
    if (saved != null) {
      Hold.release(saved.mean(), saved.meanLow(), saved.rstd(), null);
    }
  }

  static void retain(@Nullable Tensor a, @Nullable Tensor b, Affine affine) {
    Hold.retain(a, b, affine.weight(), affine.bias());
  }

  static void release(@Nullable Tensor a, @Nullable Tensor b, Affine affine) {
    Hold.release(a, b, affine.weight(), affine.bias());
  }

  static void retain(@Nullable RunningStats running) {
    if (running != null) {
      Hold.retain(running.mean(), running.variance());
    }
  }

  static void release(@Nullable RunningStats running) {
    if (running != null) {
      Hold.release(running.mean(), running.variance());
    }
  }

  /** The gradient of parameters that no data met. */
  static void zero(Affine gradient) {
    if (gradient.weight() != null) {
      gradient.weight().fill(0);
    }
    if (gradient.bias() != null) {
      gradient.bias().fill(0);
    }
  }
}
