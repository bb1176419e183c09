package dev.panorm.ops;

import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.backend.Backends;
import dev.panorm.backend.CopyPlan;
import dev.panorm.backend.Operation;
import dev.panorm.internal.check.Check;
import dev.panorm.internal.check.Hold;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Copies into another order or a larger shape. Tensors are always dense, so what other libraries do
 * with strides is a copy here.
 *
 * <p>x and y have one type, float32 or float64, and are apart.
 */
public final class Copies {

  /** Dimensions of a plan. */
  private static final int MOST_PIECES = 4;

  private static final PlanCache<CopyPlan> TRANSPOSITIONS = new PlanCache<>(Copies::transposition);
  private static final PlanCache<CopyPlan> EXPANSIONS = new PlanCache<>(Copies::expansion);

  private Copies() {}

  /** y = xᵀ, the last two dimensions swapped. */
  public static void transpose(Tensor x, Tensor y) {
    Shape shape = x.shape();
    int rank = shape.rank();
    Check.that(rank >= 2, "transpose", "x's shape", shape, "two dimensions or more");
    boolean fits = y.shape().rank() == rank;
    for (int i = 0; fits && i < rank; i++) {
      fits = y.dim(i) == shape.dim(transposed(i, rank));
    }
    Check.that(fits, "transpose", "y's shape", y.shape(), "x's with the last two swapped");
    copy(
        "transpose",
        x,
        Objects.requireNonNull(TRANSPOSITIONS.get("transpose", shape, y.shape())),
        y);
  }

  /** Returns a dimension's number after the swap of the last two. */
  private static int transposed(int axis, int rank) {
    return axis < rank - 2 ? axis : 2 * rank - 3 - axis;
  }

  private static CopyPlan transposition(String op, Shape from, Shape to) {
    long[] strides = strides(from);
    long[] steps = new long[strides.length];
    for (int i = 0; i < steps.length; i++) {
      steps[i] = strides[transposed(i, steps.length)];
    }
    return collapse(op, to, steps);
  }

  /**
   * y has x's dimensions in another order.
   *
   * @param order for each dimension of y, which of x's it is; each once
   */
  public static void permute(Tensor x, int[] order, Tensor y) {
    permute("permute", x, order, y);
  }

  private static void permute(String op, Tensor x, int[] order, Tensor y) {
    Shape shape = x.shape();
    Check.that(order.length == shape.rank(), op, "order", order.length, shape.rank() + " numbers");
    long[] strides = strides(shape);
    long[] sizes = new long[order.length];
    long[] steps = new long[order.length];
    int seen = 0;
    for (int i = 0; i < order.length; i++) {
      int axis = shape.axis(order[i]);
      seen |= 1 << axis;
      sizes[i] = shape.dim(axis);
      steps[i] = strides[axis];
    }
    Check.that(seen == (1 << order.length) - 1, op, "order", "repeated", "each dimension once");
    Shape result = Shape.of(sizes);
    Check.like(op, "y", y, x.dtype(), result);
    copy(op, x, collapse(op, result, steps), y);
  }

  /** y = x repeated along the dimensions where it has size 1 and y more, as broadcasting does. */
  public static void expand(Tensor x, Tensor y) {
    Shape from = x.shape();
    Shape to = y.shape();
    if (!Runs.shape("expand", from, to).equals(to)) {
      throw Check.wrong("expand", "y's shape", to, "one that x's " + from + " broadcasts to");
    }
    CopyPlan plan = EXPANSIONS.get("expand", from, to);
    if (plan == null) {
      expandInSteps(x, y);
    } else {
      copy("expand", x, plan, y);
    }
  }

  /** Returns null where the plan cannot hold it. */
  private static @Nullable CopyPlan expansion(String op, Shape from, Shape to) {
    if (Runs.count(op, from, to) > MOST_PIECES) {
      return null;
    }
    long[] strides = strides(from);
    long[] steps = new long[to.rank()];
    for (int i = 1; i <= from.rank(); i++) {
      steps[to.rank() - i] = from.dim(-i) == 1 ? 0 : strides[from.rank() - i];
    }
    return collapse(op, to, steps);
  }

  private static void expandInSteps(Tensor x, Tensor y) {
    try (Scope scope = Scope.open()) {
      Tensor part = scope.empty(x.dtype(), Runs.withoutLastRun(y.shape(), x.shape()));
      expand(x, part);
      expand(part, y);
    }
  }

  /**
   * y = the parts one after the other along dimension 0.
   *
   * @param parts tensors that agree in all other dimensions
   */
  public static void concat(Tensor[] parts, Tensor y) {
    long row = 0;
    for (Tensor part : parts) {
      Check.floating("concat", "part", part);
      Check.dtype("concat", "part", part, y.dtype());
      boolean fits =
          part.shape().rank() > 0
              && part.shape().rank() == y.shape().rank()
              && part.shape().with(0, y.dim(0)).equals(y.shape());
      Check.that(fits, "concat", "a part's shape", part.shape(), "y's " + y.shape() + " but for 0");
      Check.apart("concat", "y", y, "a part", part);
      row += part.dim(0);
    }
    Check.that(
        parts.length > 0 && row == y.dim(0), "concat", "y's shape", y.shape(), row + " rows");
    Check.writable("concat", "y", y);
    row = 0;
    for (Tensor part : parts) {
      y.slice(row, row + part.dim(0)).copyFrom(part);
      row += part.dim(0);
    }
  }

  private static void copy(String op, Tensor x, CopyPlan plan, Tensor y) {
    Check.floating(op, "x", x);
    Check.dtype(op, "y", y, x.dtype());
    Check.writable(op, "y", y);
    Check.apart(op, "y", y, "x", x);
    Hold.retain(x, y);
    try {
      if (y.elements() > 0) {
        Backends.select(Operation.COPY, y.dtype(), y.elements()).copies().copy(plan, x, y);
      }
    } finally {
      Hold.release(x, y);
    }
  }

  /** Merges dimensions that stay neighbours; what is left must fit the plan's four. */
  private static CopyPlan collapse(String op, Shape shape, long[] steps) {
    long[] sizes = {1, 1, 1, 1};
    long[] strides = {0, 0, 0, 0};
    int at = sizes.length;
    for (int i = steps.length - 1; i >= 0; i--) {
      long size = shape.dim(i);
      if (size == 1) {
        continue;
      }
      if (at < sizes.length && steps[i] == strides[at] * sizes[at]) {
        sizes[at] *= size;
        continue;
      }
      at--;
      Check.that(at >= 0, op, "x", "in too many pieces", "at most four after merging neighbours");
      sizes[at] = size;
      strides[at] = steps[i];
    }
    return new CopyPlan(
        sizes[0], sizes[1], sizes[2], sizes[3], strides[0], strides[1], strides[2], strides[3]);
  }

  private static long[] strides(Shape shape) {
    long[] strides = new long[shape.rank()];
    for (int i = 0; i < strides.length; i++) {
      strides[i] = shape.product(i + 1, shape.rank());
    }
    return strides;
  }
}
