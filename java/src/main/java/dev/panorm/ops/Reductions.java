package dev.panorm.ops;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.backend.Backends;
import dev.panorm.backend.Operation;
import dev.panorm.backend.ReducePlan;
import dev.panorm.backend.Reduction;
import dev.panorm.internal.check.Check;
import dev.panorm.internal.check.Hold;

/**
 * Sums, means and extrema over some dimensions.
 *
 * <p>The shape of the result says which: y's shape must broadcast to x's, and x is reduced over the
 * dimensions along which y would repeat. So for x of [N, C, H, W], y of [C, 1, 1] takes the sum
 * over all but the channels, y of [N, C, 1, 1] over the positions, y of [] over everything; this is
 * also the gradient of broadcasting. {@link #shape} gives the shape for a list of dimensions.
 *
 * <p>x and y have one type, float32 or float64, and are apart. Sums are in an order that the shape
 * alone fixes, short partial sums added up in float64: the same bits for any number of threads.
 * Nothing is allocated on the Java heap. Where the dimensions that stay and those that go alternate
 * more than twice, x is reduced in steps, and what they leave is of x's type.
 */
public final class Reductions {

  private static final PlanCache<ReducePlan> PLANS = new PlanCache<>(Runs::reduce);

  private Reductions() {}

  /**
   * Returns x's shape with size 1 at each of these dimensions; negative ones count from the end.
   */
  public static Shape shape(Shape x, int... dims) {
    Shape shape = x;
    for (int dim : dims) {
      shape = shape.with(dim, 1);
    }
    return shape;
  }

  /** y = Σ x. */
  public static void sum(Tensor x, Tensor y) {
    reduce("sum", Reduction.SUM, x, y);
  }

  /** y = Σ x / n; NaN over no elements. */
  public static void mean(Tensor x, Tensor y) {
    reduce("mean", Reduction.MEAN, x, y);
  }

  /** y = Σ x². */
  public static void sumOfSquares(Tensor x, Tensor y) {
    reduce("sumOfSquares", Reduction.SUM_OF_SQUARES, x, y);
  }

  /** y = the largest; NaN if one is NaN. Over no elements there is none: an error. */
  public static void max(Tensor x, Tensor y) {
    reduce("max", Reduction.MAX, x, y);
  }

  /** y = the smallest; NaN if one is NaN. Over no elements there is none: an error. */
  public static void min(Tensor x, Tensor y) {
    reduce("min", Reduction.MIN, x, y);
  }

  /**
   * Position of the largest element along one dimension: the first of equal ones; a NaN counts as
   * larger than all.
   *
   * @param dim the dimension, negative to count from the end; its size is 1 or more
   * @param indices int64, one element for each of x's without that dimension
   */
  public static void argmax(Tensor x, int dim, Tensor indices) {
    Check.floating("argmax", "x", x);
    int axis = x.shape().axis(dim);
    long mid = x.shape().dim(axis);
    long outer = x.shape().product(0, axis);
    long inner = x.shape().product(axis + 1, x.shape().rank());
    Check.that(mid > 0, "argmax", "x's shape", x.shape(), "one element or more there");
    Check.elements("argmax", "indices", indices, DType.INT64, outer * inner);
    Check.writable("argmax", "indices", indices);
    Check.apart("argmax", "indices", indices, "x", x);
    Hold.retain(x, indices);
    try {
      if (x.elements() > 0) {
        Backends.select(Operation.REDUCTION, x.dtype(), x.elements())
            .reductions()
            .argmax(outer, mid, inner, x, indices);
      }
    } finally {
      Hold.release(x, indices);
    }
  }

  private static void reduce(String op, Reduction function, Tensor x, Tensor y) {
    Check.floating(op, "x", x);
    Check.dtype(op, "y", y, x.dtype());
    ReducePlan plan = PLANS.get(op, x.shape(), y.shape());
    Check.writable(op, "y", y);
    Check.apart(op, "y", y, "x", x);
    if (plan == null) {
      inSteps(op, function, x, y);
      return;
    }
    Hold.retain(x, y);
    try {
      if (plan.elements() > 0) {
        Backends.select(Operation.REDUCTION, x.dtype(), x.elements())
            .reductions()
            .reduce(function, plan, x, y);
      } else if (plan.results() > 0) {
        y.fill(overNothing(op, function));
      }
    } finally {
      Hold.release(x, y);
    }
  }

  private static void inSteps(String op, Reduction function, Tensor x, Tensor y) {
    try (Scope scope = Scope.open()) {
      Tensor part = scope.empty(x.dtype(), Runs.withoutLastRun(x.shape(), y.shape()));
      reduce(op, function, x, part);
      reduce(op, function == Reduction.SUM_OF_SQUARES ? Reduction.SUM : function, part, y);
    }
  }

  private static double overNothing(String op, Reduction function) {
    return switch (function) {
      case SUM, SUM_OF_SQUARES -> 0;
      case MEAN -> Double.NaN;
      case MAX, MIN ->
          throw new IllegalArgumentException(
              op + ": x is empty, expected one element or more for each of y's");
    };
  }
}
