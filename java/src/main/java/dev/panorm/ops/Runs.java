package dev.panorm.ops;

import dev.panorm.Shape;
import dev.panorm.backend.BroadcastPlan;
import dev.panorm.backend.ReducePlan;
import org.jspecify.annotations.Nullable;

/**
 * Two shapes against each other, from the right, as broadcasting has it: adjacent dimensions along
 * which the same operands repeat are one run, dimensions of size 1 are none.
 */
final class Runs {

  /** What the kernels' plans can hold. */
  private static final int LIMIT = 3;

  private final long[] size = {1, 1, 1};
  private final boolean[] aRepeats = new boolean[LIMIT];
  private final boolean[] bRepeats = new boolean[LIMIT];
  private int count;

  private Runs() {}

  /** Returns the shape of the result. */
  static Shape shape(String operation, Shape a, Shape b) {
    if (a.equals(b)) {
      return a;
    }
    // The shape of an operand is returned as it is where the other one only repeats.
    if (repeatsTo(b, a)) {
      return a;
    }
    if (repeatsTo(a, b)) {
      return b;
    }
    long[] dims = new long[Math.max(a.rank(), b.rank())];
    for (int fromEnd = 1; fromEnd <= dims.length; fromEnd++) {
      dims[dims.length - fromEnd] = size(operation, a, b, fromEnd);
    }
    return Shape.of(dims);
  }

  private static boolean repeatsTo(Shape from, Shape to) {
    if (from.rank() > to.rank()) {
      return false;
    }
    for (int fromEnd = 1; fromEnd <= from.rank(); fromEnd++) {
      long size = from.dim(-fromEnd);
      if (size != 1 && size != to.dim(-fromEnd)) {
        return false;
      }
    }
    return true;
  }

  private static long size(String operation, Shape a, Shape b, int fromEnd) {
    long sizeA = fromEnd(a, fromEnd);
    long sizeB = fromEnd(b, fromEnd);
    if (sizeA != sizeB && sizeA != 1 && sizeB != 1) {
      throw new IllegalArgumentException(
          operation + ": b has shape " + b + ", expected one that broadcasts with a's " + a);
    }
    return sizeA == 1 ? sizeB : sizeA;
  }

  private static long fromEnd(Shape shape, int fromEnd) {
    return fromEnd <= shape.rank() ? shape.dim(-fromEnd) : 1;
  }

  /** Returns the plan of a and b against each other, null where it cannot hold them. */
  static @Nullable BroadcastPlan broadcast(String operation, Shape a, Shape b) {
    Runs runs = collapse(operation, a, b);
    if (runs.count > LIMIT) {
      return null;
    }
    long[] strideA = strides(runs.size, runs.aRepeats);
    long[] strideB = strides(runs.size, runs.bRepeats);
    return new BroadcastPlan(
        runs.size[0],
        runs.size[1],
        runs.size[2],
        strideA[0],
        strideA[1],
        strideA[2],
        strideB[0],
        strideB[1],
        strideB[2]);
  }

  private static long[] strides(long[] size, boolean[] repeats) {
    long[] strides = new long[LIMIT];
    long stride = 1;
    for (int run = LIMIT - 1; run >= 0; run--) {
      if (!repeats[run]) {
        strides[run] = stride;
        stride *= size[run];
      }
    }
    return strides;
  }

  /**
   * Returns the plan of reducing x to y, over the dimensions along which y would repeat; null where
   * it cannot hold them.
   */
  static @Nullable ReducePlan reduce(String operation, Shape x, Shape y) {
    if (!shape(operation, x, y).equals(x)) {
      throw new IllegalArgumentException(
          operation + ": y has shape " + y + ", expected one that broadcasts to x's " + x);
    }
    Runs runs = collapse(operation, x, y);
    if (runs.count > LIMIT) {
      return null;
    }
    long[] size = runs.size;
    boolean[] reduced = runs.bRepeats;
    if (reduced[0] && reduced[2]) {
      return new ReducePlan(size[0], size[1], size[2], true);
    }
    if (reduced[2]) {
      return new ReducePlan(size[0] * size[1], size[2], 1, false);
    }
    return new ReducePlan(size[0], size[1], size[2], false);
  }

  /** Runs of a and b; the last run is the last of the three where there are fewer. */
  private static Runs collapse(String operation, Shape a, Shape b) {
    Runs runs = new Runs();
    int rank = Math.max(a.rank(), b.rank());
    for (int fromEnd = 1; fromEnd <= rank; fromEnd++) {
      long size = size(operation, a, b, fromEnd);
      if (size != 1) {
        runs.add(size, fromEnd(a, fromEnd) == 1, fromEnd(b, fromEnd) == 1);
      }
    }
    return runs;
  }

  /** Returns the number of runs. */
  static int count(String operation, Shape a, Shape b) {
    return collapse(operation, a, b).count;
  }

  /** Returns x's shape with size 1 in the last run along which y repeats. */
  static Shape withoutLastRun(Shape x, Shape y) {
    Shape shape = x;
    for (int fromEnd = 1; fromEnd <= x.rank(); fromEnd++) {
      if (fromEnd(y, fromEnd) == 1) {
        shape = shape.with(-fromEnd, 1);
      } else if (x.dim(-fromEnd) != 1 && !shape.equals(x)) {
        return shape;
      }
    }
    return shape;
  }

  private void add(long size, boolean repeatA, boolean repeatB) {
    int last = LIMIT - count;
    if (count > 0 && count <= LIMIT && aRepeats[last] == repeatA && bRepeats[last] == repeatB) {
      this.size[last] *= size;
      return;
    }
    count++;
    if (count <= LIMIT) {
      this.size[LIMIT - count] = size;
      aRepeats[LIMIT - count] = repeatA;
      bRepeats[LIMIT - count] = repeatB;
    }
  }
}
