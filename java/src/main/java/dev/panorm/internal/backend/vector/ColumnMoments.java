package dev.panorm.internal.backend.vector;

import dev.panorm.backend.NormPlan.Residual;
import dev.panorm.ffi.streaming.StreamingColumns;

/**
 * Mean and Σ (x − mean)² of each column of each batch: what {@link Moments} does, for many sets
 * side by side. All parts of a batch take their sums about the same shifts, so that they only have
 * to be added up.
 */
final class ColumnMoments {

  private static final int ATTEMPTS = 3;

  /**
   * Rows from all over a batch whose mean is the shift: it is then 4, or 5.7, of its own deviations
   * away before the sums have to be taken again.
   */
  private static final int SAMPLE = 16;

  private static final int LARGE_SAMPLE = 32;
  private static final long LARGE_ROWS = 512;

  private static final long F4 = Float.BYTES;
  private static final long F8 = Double.BYTES;

  private final ForwardCall call;
  private final ColumnSplit split;

  /** Shift of each column of each batch, float32. */
  private long shifts;

  /** Σ d and Σ d² of each column of each range, float64; mean and Σ (x − mean)² in the end. */
  private long sums;

  private long squares;

  private boolean large;

  ColumnMoments(ForwardCall call, ColumnSplit split) {
    this.call = call;
    this.split = split;
  }

  private long partials() {
    return split.batches * split.ranges * split.columns;
  }

  /** Bytes that are needed. */
  long bytes() {
    return partials() * 2 * F8 + split.gap();
  }

  void place(long address) {
    sums = address;
    squares = sums + partials() * F8;
    shifts = squares + partials() * F8;
    large = Streaming.serves(call.plan.elements());
  }

  private long shift(long batch, long column) {
    return shifts + (batch * split.columns + column) * F4;
  }

  /** Where the results of a column stand among the sums: in the first range. */
  private long settled(long batch, long column) {
    return (batch * split.ranges * split.columns + column) * F8;
  }

  double mean(long batch, long column) {
    return Lanes.getWide(sums + settled(batch, column));
  }

  double square(long batch, long column) {
    return Lanes.getWide(squares + settled(batch, column));
  }

  /** Finds the shifts of a batch. */
  void sample(long batch) {
    int some = (int) Math.min(split.rows, split.rows < LARGE_ROWS ? SAMPLE : LARGE_SAMPLE);
    long apart = split.rows / some * split.stride();
    long totals = Scratch.get().first();
    long ignored = Scratch.get().second();
    int columns;
    for (long column = 0; column < split.columns; column += columns) {
      columns = split.columnsFrom(column);
      long shift = shift(batch, column);
      long offset = split.offset(batch, 0, column);
      Runs.fill(0, shift, columns);
      Runs.fill(0, totals, columns);
      Runs.fill(0, ignored, columns);
      Columns.moments(call.x + offset, apart, some, columns, shift, totals, ignored, large);
      if (call.plan.residual() == Residual.BEFORE_NORM) {
        Columns.moments(
            call.residual + offset, apart, some, columns, shift, totals, ignored, large);
      }
      for (int c = 0; c < columns; c++) {
        Lanes.set(shift + c * F4, Lanes.get(totals + c * F4) / some);
      }
    }
  }

  /** Takes the sums of a part. */
  void addUp(int part) {
    long batch = split.batch(part);
    long column = split.firstColumn(part);
    long at = split.partial(part) * F8;
    accumulate(batch, split.firstRow(part), split.rowsOf(part), column, split.columnsOf(part), at);
  }

  /** Sums of some rows and columns, the latter no more than a strip has, to {@code at}. */
  private void accumulate(long batch, long row, long rows, long column, int columns, long at) {
    long stride = split.stride();
    long first = call.source + split.offset(batch, row, column);
    long shift = shift(batch, column);
    BlockKernels.zeroWide(sums + at, columns);
    BlockKernels.zeroWide(squares + at, columns);
    long most = Streaming.AVAILABLE ? ColumnSplit.rowsPerPart(columns) : ColumnSplit.BLOCK;
    for (long r = 0; r < rows; r += most) {
      int some = (int) Math.min(most, rows - r);
      long x = first + r * stride;
      if (Streaming.AVAILABLE) {
        StreamingColumns.momentsOfPart(
            x, some, columns, stride / F4, shift, sums + at, squares + at, large);
      } else {
        addBlock(x, some, columns, shift, at);
      }
    }
  }

  private void addBlock(long x, int rows, int columns, long shift, long at) {
    long toSums = Scratch.get().first();
    long toSquares = Scratch.get().second();
    Runs.fill(0, toSums, columns);
    Runs.fill(0, toSquares, columns);
    ColumnKernels.moments(x, split.stride(), rows, columns, shift, toSums, toSquares);
    BlockKernels.addNarrow(toSums, sums + at, columns);
    BlockKernels.addNarrow(toSquares, squares + at, columns);
  }

  /** Turns the sums of some columns of all parts into means and sums of squares about them. */
  void settle(long batch, long column, long columns) {
    long first = settled(batch, column);
    for (long range = 1; range < split.ranges; range++) {
      long at = first + range * split.columns * F8;
      BlockKernels.addWide(sums + first, sums + at, columns);
      BlockKernels.addWide(squares + first, squares + at, columns);
    }
    boolean near = centre(batch, column, columns);
    for (int attempt = 1; attempt < ATTEMPTS && !near; attempt++) {
      int some;
      for (long c = column; c < column + columns; c += some) {
        some = (int) Math.min(Scratch.CHUNK, column + columns - c);
        accumulate(batch, 0, split.rows, c, some, settled(batch, c));
      }
      near = centre(batch, column, columns);
    }
    for (long c = column; c < column + columns; c++) {
      double variance = square(batch, c) / split.rows;
      if (!(variance >= 0) || !Moments.holds(variance, call.plan.eps())) {
        exact(batch, c);
      }
    }
  }

  /** Moves each shift that was so far off that sums have to be taken again; false if one was. */
  private boolean centre(long batch, long column, long columns) {
    boolean near = true;
    double rows = (double) split.rows;
    double share = 1 / rows;
    for (long c = column; c < column + columns; c++) {
      long at = settled(batch, c);
      double sum = Lanes.getWide(sums + at);
      double delta = sum * share;
      double square = Lanes.getWide(squares + at) - sum * delta;
      double mean = Lanes.get(shift(batch, c)) + delta;
      boolean accepted = sum * delta <= square;
      Lanes.setWide(sums + at, mean);
      Lanes.setWide(squares + at, accepted ? square : Double.NaN);
      if (!accepted && !Double.isNaN(mean)) {
        near = false;
        Lanes.set(shift(batch, c), (float) mean);
      }
    }
    return near;
  }

  /** Two passes in float64. */
  private void exact(long batch, long column) {
    long x = call.source + split.offset(batch, 0, column);
    double total = 0;
    for (long r = 0; r < split.rows; r++) {
      total += Lanes.get(x + r * split.stride());
    }
    double centre = total / split.rows;
    double squared = 0;
    for (long r = 0; r < split.rows; r++) {
      double d = Lanes.get(x + r * split.stride()) - centre;
      squared += d * d;
    }
    Lanes.setWide(sums + settled(batch, column), centre);
    Lanes.setWide(squares + settled(batch, column), squared);
  }
}
