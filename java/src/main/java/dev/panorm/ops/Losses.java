package dev.panorm.ops;

import dev.panorm.DType;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.backend.Backends;
import dev.panorm.backend.CrossEntropyPlan;
import dev.panorm.backend.LossKernels;
import dev.panorm.backend.Operation;
import dev.panorm.internal.check.Check;
import dev.panorm.internal.check.Hold;
import org.jspecify.annotations.Nullable;

/**
 * Losses, forward and backward.
 *
 * <p>All floating-point tensors of a call have the type of x, float32 or float64. Outputs are given
 * by the caller and overwritten; they overlap no input, except that dx may be the very memory of x.
 * The loss has one element for the reductions to a mean or a sum, else one for each position; dloss
 * is its upstream gradient, of the same shape. Sums are in float64 in a fixed order.
 */
public final class Losses {

  /** The plan of the call before: most follow one with the same shapes. */
  private static volatile CrossEntropyPlan lastPlan = new CrossEntropyPlan(1, 1, 1, false, 0, 0);

  private Losses() {}

  /**
   * Cross entropy between softmax(x) and the target, classes in dimension 1 (or 0 where x has one
   * dimension): −Σ t · log softmax(x) at each position, with t from {@link CrossEntropyPlan}. The
   * mean is over the positions, weighted by the weight of their class for class indices.
   *
   * @param x logits, [N, C] or [N, C, positions...] or [C]
   * @param target class indices, int64 of x's shape without the classes, or probabilities, of x's
   *     shape and type
   * @param weight factor of each class, [C]; null for ones
   * @param loss receives the result
   * @throws IllegalArgumentException also where a class index is not below C, negative, and not the
   *     ignore index
   */
  public static void crossEntropy(
      CrossEntropySpec spec, Tensor x, Tensor target, @Nullable Tensor weight, Tensor loss) {
    String op = "crossEntropy";
    CrossEntropyPlan plan = plan(op, spec, x, target, weight);
    loss(op, "loss", spec.reduction(), x, plan.positions(), loss);
    Check.writable(op, "loss", loss);
    Check.apart(op, "loss", loss, "x", x);
    Check.apart(op, "loss", loss, "target", target);
    Check.apart(op, "loss", loss, "weight", weight);
    Hold.retain(x, target, weight, loss);
    try {
      double total = Targets.weight(op, plan, target, weight);
      boolean single = spec.reduction() != LossReduction.NONE;
      double sum =
          x.elements() == 0
              ? 0
              : kernels(x).crossEntropy(plan, x, target, weight, single ? null : loss);
      if (single) {
        loss.fill(spec.reduction() == LossReduction.MEAN ? sum / total : sum);
      }
    } finally {
      Hold.release(x, target, weight, loss);
    }
  }

  /**
   * Gradient of {@link #crossEntropy} with respect to x: dx = dloss · (softmax(x) · Σ t − t), over
   * the weight of all positions for a mean.
   *
   * @param dx receives the gradient; may be the very memory of x
   */
  public static void crossEntropyBackward(
      CrossEntropySpec spec,
      Tensor x,
      Tensor target,
      @Nullable Tensor weight,
      Tensor dloss,
      Tensor dx) {
    String op = "crossEntropy backward";
    CrossEntropyPlan plan = plan(op, spec, x, target, weight);
    gradient(op, spec.reduction(), x, target, plan.positions(), dloss, dx);
    Check.apart(op, "dx", dx, "weight", weight);
    Hold.retain(x, target, weight, dloss);
    try {
      Hold.retain(dx);
      try {
        double total = Targets.weight(op, plan, target, weight);
        double scale = scale(spec.reduction(), dloss, total);
        if (x.elements() > 0) {
          kernels(x)
              .crossEntropyBackward(
                  plan, x, target, weight, each(spec.reduction(), dloss), scale, dx);
        }
      } finally {
        Hold.release(dx);
      }
    } finally {
      Hold.release(x, target, weight, dloss);
    }
  }

  /** Squared error (x − target)², its mean over all elements, or its sum. */
  public static void mse(LossReduction reduction, Tensor x, Tensor target, Tensor loss) {
    String op = "mse";
    Check.floating(op, "x", x);
    Check.like(op, "target", target, x.dtype(), x.shape());
    loss(op, "loss", reduction, x, x.elements(), loss);
    Check.writable(op, "loss", loss);
    Check.apart(op, "loss", loss, "x", x);
    Check.apart(op, "loss", loss, "target", target);
    Hold.retain(x, target, loss, null);
    try {
      boolean single = reduction != LossReduction.NONE;
      double sum = x.elements() == 0 ? 0 : kernels(x).squaredError(x, target, single ? null : loss);
      if (single) {
        loss.fill(reduction == LossReduction.MEAN ? sum / x.elements() : sum);
      }
    } finally {
      Hold.release(x, target, loss, null);
    }
  }

  /**
   * Gradient of {@link #mse} with respect to x, 2 · dloss · (x − target), over the number of
   * elements for a mean. That of the target is its negative.
   *
   * @param dx receives the gradient; may be the very memory of x
   */
  public static void mseBackward(
      LossReduction reduction, Tensor x, Tensor target, Tensor dloss, Tensor dx) {
    String op = "mse backward";
    Check.floating(op, "x", x);
    Check.like(op, "target", target, x.dtype(), x.shape());
    gradient(op, reduction, x, target, x.elements(), dloss, dx);
    Hold.retain(x, target, dloss, dx);
    try {
      if (x.elements() > 0) {
        double scale = scale(reduction, dloss, (double) x.elements());
        kernels(x).squaredErrorBackward(x, target, each(reduction, dloss), scale, dx);
      }
    } finally {
      Hold.release(x, target, dloss, dx);
    }
  }

  private static CrossEntropyPlan plan(
      String op, CrossEntropySpec spec, Tensor x, Tensor target, @Nullable Tensor weight) {
    Check.floating(op, "x", x);
    Shape shape = x.shape();
    Check.that(shape.rank() > 0, op, "x's shape", shape, "[N, C, ...] or [C]");
    int axis = Math.min(1, shape.rank() - 1);
    long classes = shape.dim(axis);
    Check.that(classes > 0, op, "x's shape", shape, "one class or more");
    long outer = shape.product(0, axis);
    long inner = shape.product(axis + 1, shape.rank());
    boolean probabilities = target.dtype() != DType.INT64;
    if (probabilities) {
      Check.like(op, "target", target, x.dtype(), shape);
    } else {
      Check.elements(op, "target", target, DType.INT64, outer * inner);
    }
    Check.elements(op, "weight", weight, x.dtype(), classes);
    CrossEntropyPlan last = lastPlan;
    if (last.outer() == outer
        && last.classes() == classes
        && last.inner() == inner
        && last.probabilities() == probabilities
        && last.smoothing() == spec.labelSmoothing()
        && last.ignoreIndex() == spec.ignoreIndex()) {
      return last;
    }
    CrossEntropyPlan plan =
        new CrossEntropyPlan(
            outer, classes, inner, probabilities, spec.labelSmoothing(), spec.ignoreIndex());
    lastPlan = plan;
    return plan;
  }

  private static void loss(
      String op, String name, LossReduction reduction, Tensor x, long positions, Tensor loss) {
    Check.elements(op, name, loss, x.dtype(), reduction == LossReduction.NONE ? positions : 1);
  }

  private static void gradient(
      String op,
      LossReduction reduction,
      Tensor x,
      Tensor target,
      long positions,
      Tensor dloss,
      Tensor dx) {
    loss(op, "dloss", reduction, x, positions, dloss);
    Check.like(op, "dx", dx, x.dtype(), x.shape());
    Check.writable(op, "dx", dx);
    Check.apartOrSame(op, "dx", dx, "x", x);
    Check.apart(op, "dx", dx, "target", target);
    Check.apart(op, "dx", dx, "dloss", dloss);
  }

  /** The upstream gradient of each position where it has its own. */
  private static @Nullable Tensor each(LossReduction reduction, Tensor dloss) {
    return reduction == LossReduction.NONE ? dloss : null;
  }

  /** The factor that all positions have in common. */
  private static double scale(LossReduction reduction, Tensor dloss, double total) {
    return switch (reduction) {
      case NONE -> 1;
      case SUM -> dloss.item();
      case MEAN -> dloss.item() / total;
    };
  }

  private static LossKernels kernels(Tensor x) {
    return Backends.select(Operation.LOSS, x.dtype(), x.elements()).losses();
  }
}
