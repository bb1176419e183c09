package dev.panorm.internal.backend.vector;

import dev.panorm.backend.NormPlan;
import dev.panorm.ffi.streaming.StreamingKernels;

/**
 * Mean and Σ (x − mean)² of each column of a matrix: what {@link Moments} does, for many sets side
 * by side.
 */
final class ColumnMoments {

  private static final int ATTEMPTS = 3;
  private static final long F4 = Float.BYTES;
  private static final long F8 = Double.BYTES;

  private ColumnMoments() {}

  /**
   * @param shifts room for a float32 per column
   * @param means receives the means, float64
   * @param squares receives the sums of squares, float64
   */
  static void find(
      long x,
      long stride,
      int rows,
      int columns,
      long shifts,
      long means,
      long squares,
      NormPlan plan) {
    boolean large = Streaming.serves(plan.elements());
    sample(x, stride, rows, columns, shifts, means, squares);
    boolean done = false;
    for (int attempt = 0; attempt < ATTEMPTS && !done; attempt++) {
      accumulate(x, stride, rows, columns, shifts, means, squares, large);
      done = settle(rows, columns, shifts, means, squares);
    }
    for (int c = 0; c < columns; c++) {
      double variance = Lanes.getWide(squares + c * F8) / rows;
      if (!(variance >= 0) || !Moments.holds(variance, plan.eps())) {
        exact(x + c * F4, stride, rows, means + c * F8, squares + c * F8);
      }
    }
  }

  /** Shifts: the means of the first rows. */
  private static void sample(
      long x, long stride, int rows, int columns, long shifts, long means, long squares) {
    int some = Math.min(ColumnSplit.SAMPLE, rows);
    Runs.fill(0, shifts, columns);
    accumulate(x, stride, some, columns, shifts, means, squares, false);
    for (int c = 0; c < columns; c++) {
      Lanes.set(shifts + c * F4, (float) (Lanes.getWide(means + c * F8) / some));
    }
  }

  private static void accumulate(
      long x,
      long stride,
      int rows,
      int columns,
      long shifts,
      long means,
      long squares,
      boolean large) {
    long sums = Scratch.get().first();
    long products = Scratch.get().second();
    Runs.fill(0, sums, columns);
    Runs.fill(0, products, columns);
    BlockKernels.zeroWide(means, columns);
    BlockKernels.zeroWide(squares, columns);
    for (int r = 0; r < rows; r += ColumnSplit.BLOCK) {
      int some = Math.min(ColumnSplit.BLOCK, rows - r);
      long at = x + r * stride;
      if (large) {
        StreamingKernels.columnMoments(at, some, columns, stride / F4, shifts, sums, products);
      } else {
        ColumnKernels.moments(at, stride, some, columns, shifts, sums, products);
      }
      BlockKernels.flush(sums, means, columns);
      BlockKernels.flush(products, squares, columns);
    }
  }

  /**
   * Turns sums into means and sums of squares about them, and moves the shifts there; false where a
   * shift was so far off that the sums have to be taken again.
   */
  private static boolean settle(int rows, int columns, long shifts, long means, long squares) {
    boolean near = true;
    for (int c = 0; c < columns; c++) {
      long at = c * F8;
      double delta = Lanes.getWide(means + at) / rows;
      double square = Lanes.getWide(squares + at) - delta * delta * rows;
      double mean = Lanes.get(shifts + c * F4) + delta;
      boolean accepted = delta * delta * rows <= square;
      Lanes.setWide(means + at, mean);
      Lanes.setWide(squares + at, accepted ? square : Double.NaN);
      if (!accepted && !Double.isNaN(mean)) {
        near = false;
        Lanes.set(shifts + c * F4, (float) mean);
      }
    }
    return near;
  }

  private static void exact(long x, long stride, int rows, long mean, long square) {
    double total = 0;
    for (int r = 0; r < rows; r++) {
      total += Lanes.get(x + r * stride);
    }
    double centre = total / rows;
    double squares = 0;
    for (int r = 0; r < rows; r++) {
      double d = Lanes.get(x + r * stride) - centre;
      squares += d * d;
    }
    Lanes.setWide(mean, centre);
    Lanes.setWide(square, squares);
  }
}
