package dev.panorm.ops;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.Backends;
import dev.panorm.backend.NormKernels;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Residual;
import dev.panorm.backend.NormStats;
import dev.panorm.backend.Operation;
import dev.panorm.backend.RunningStats;
import org.jspecify.annotations.Nullable;

/**
 * The norm family, forward and backward: LayerNorm, RMSNorm, GroupNorm, InstanceNorm and BatchNorm,
 * told apart by a {@link NormSpec}.
 *
 * <p>All tensors of a call have the type of x, float32 or float64. Outputs are given by the caller
 * and overwritten; they may not share memory with inputs, except that {@code dx} may be the very
 * memory of {@code dy}. Nothing is allocated on the Java heap. Formulas: {@link NormKernels}.
 */
public final class Norms {

  private Norms() {}

  /**
   * Returns room for the statistics that forward saves for a backward of data of this shape and
   * type.
   *
   * <p>Their shapes are PyTorch's: leading dimensions and ones (LayerNorm, RMSNorm), [N, groups],
   * [N, C] or [C].
   */
  public static NormStats stats(Scope scope, NormSpec spec, Tensor x) {
    Shape shape = NormChecks.statsShape(spec, x.shape());
    boolean centred = spec.kind() != NormSpec.Kind.RMS;
    boolean low = centred && x.dtype() == DType.FLOAT32;
    return new NormStats(
        centred ? scope.empty(x.dtype(), shape) : null,
        low ? scope.empty(x.dtype(), shape) : null,
        scope.empty(x.dtype(), shape));
  }

  /**
   * y = norm(x) with statistics of the data.
   *
   * @param x data
   * @param affine weight and bias, each optional
   * @param y result, of x's shape
   * @param saved receives the statistics, see {@link #stats}; null in inference
   */
  public static void forward(
      NormSpec spec, Tensor x, Affine affine, Tensor y, @Nullable NormStats saved) {
    forward(spec, x, null, affine, null, y, null, saved);
  }

  /**
   * As {@link #forward(NormSpec, Tensor, Affine, Tensor, NormStats)}, with everything that may be
   * fused.
   *
   * @param residual second input of x's shape where {@link NormSpec#residual()} says so, else null
   * @param running running statistics that a BatchNorm updates; null for other norms or where there
   *     are none
   * @param sum receives x + residual for {@link Residual#BEFORE_NORM}; null where it is not wanted
   */
  public static void forward(
      NormSpec spec,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      @Nullable RunningStats running,
      Tensor y,
      @Nullable Tensor sum,
      @Nullable NormStats saved) {
    NormPlan plan = NormChecks.forward(spec, x, residual, affine, running, y, sum, saved);
    NormHold.retain(x, residual, affine, y, sum, saved);
    try {
      NormHold.retain(running);
      try {
        if (plan.elements() > 0) {
          kernels(plan, x).forward(plan, x, residual, affine, running, y, sum, saved);
        }
      } finally {
        NormHold.release(running);
      }
    } finally {
      NormHold.release(x, residual, affine, y, sum, saved);
    }
  }

  /**
   * Gradients of {@link #forward(NormSpec, Tensor, Affine, Tensor, NormStats)}.
   *
   * @param x what forward had
   * @param saved what forward saved
   * @param dy upstream gradient
   * @param dx receives the gradient of x; may be the very memory of dy; null where it is not wanted
   * @param gradient receives the gradients of weight and bias, each null where it is not wanted
   */
  public static void backward(
      NormSpec spec,
      Tensor x,
      Affine affine,
      NormStats saved,
      Tensor dy,
      @Nullable Tensor dx,
      Affine gradient) {
    backward(spec, x, null, affine, saved, dy, null, dx, null, gradient);
  }

  /**
   * As {@link #backward(NormSpec, Tensor, Affine, NormStats, Tensor, Tensor, Affine)}, with
   * everything that may be fused.
   *
   * @param x what was normalized: the sum for {@link Residual#BEFORE_NORM}
   * @param residual the residual for {@link Residual#AFTER_NORM} with an activation, else null
   * @param dsum upstream gradient of the sum, null for none
   * @param dx receives the gradient of x, which is also that of a residual before the norm
   * @param dresidual receives the gradient of a residual after the norm; null where it is not
   *     wanted
   */
  public static void backward(
      NormSpec spec,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      NormStats saved,
      Tensor dy,
      @Nullable Tensor dsum,
      @Nullable Tensor dx,
      @Nullable Tensor dresidual,
      Affine gradient) {
    NormPlan plan =
        NormChecks.backward(spec, x, residual, affine, saved, dy, dsum, dx, dresidual, gradient);
    NormHold.retain(x, residual, affine, dy, dsum, saved);
    try {
      NormHold.retain(dx, dresidual, gradient);
      try {
        if (plan.elements() == 0) {
          NormHold.zero(gradient);
        } else {
          kernels(plan, x)
              .backward(plan, x, residual, affine, saved, dy, dsum, dx, dresidual, gradient);
        }
      } finally {
        NormHold.release(dx, dresidual, gradient);
      }
    } finally {
      NormHold.release(x, residual, affine, dy, dsum, saved);
    }
  }

  /**
   * BatchNorm with given statistics: y = weight · (x − mean) · rstd(variance) + bias.
   *
   * @param residual as in forward
   * @param mean one per channel
   * @param variance one per channel
   */
  public static void frozenForward(
      NormSpec spec,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      Tensor mean,
      Tensor variance,
      Tensor y,
      @Nullable Tensor sum) {
    NormPlan plan = NormChecks.frozenForward(spec, x, residual, affine, mean, variance, y, sum);
    NormHold.retain(x, residual, affine, y, sum, null);
    try {
      NormHold.retain(mean, variance, Affine.NONE);
      try {
        if (plan.elements() > 0) {
          kernels(plan, x).frozenForward(plan, x, residual, affine, mean, variance, y, sum);
        }
      } finally {
        NormHold.release(mean, variance, Affine.NONE);
      }
    } finally {
      NormHold.release(x, residual, affine, y, sum, null);
    }
  }

  /** Gradients of {@link #frozenForward}: mean and variance are constants. */
  public static void frozenBackward(
      NormSpec spec,
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
    NormPlan plan =
        NormChecks.frozenBackward(
            spec, x, residual, affine, mean, variance, dy, dsum, dx, dresidual, gradient);
    NormHold.retain(x, residual, affine, dy, dsum, null);
    try {
      NormHold.retain(mean, variance, Affine.NONE);
      try {
        NormHold.retain(dx, dresidual, gradient);
        try {
          if (plan.elements() == 0) {
            NormHold.zero(gradient);
          } else {
            kernels(plan, x)
                .frozenBackward(
                    plan, x, residual, affine, mean, variance, dy, dsum, dx, dresidual, gradient);
          }
        } finally {
          NormHold.release(dx, dresidual, gradient);
        }
      } finally {
        NormHold.release(mean, variance, Affine.NONE);
      }
    } finally {
      NormHold.release(x, residual, affine, dy, dsum, null);
    }
  }

  private static NormKernels kernels(NormPlan plan, Tensor x) {
    return Backends.select(Operation.NORM, x.dtype(), plan.elements()).norms();
  }
}
