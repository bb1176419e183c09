package dev.panorm.internal.backend.vector;

import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Family;

/**
 * Channels-last data as matrices, and how they are cut into parts.
 *
 * <p>A batch is a matrix whose columns have statistics of their own: one sample for the slab
 * family, all of the data for the channel family. A part is a range of rows by a strip of columns.
 */
final class ColumnSplit {

  /** Rows that float32 partial sums run over. */
  static final int BLOCK = 64;

  /** Rows that give a first idea of the means. */
  static final int SAMPLE = 16;

  private static final long F4 = Float.BYTES;
  private static final long PART_ELEMENTS = 1 << 17;
  private static final long LEAST_ROWS = 64;
  private static final long WIDEST = 2048;

  /** Bytes that stay in a usual last-level cache from one sweep to the next. */
  private static final long CACHED = 8L << 20;

  long batches;
  long rows;
  long columns;
  long groups;
  long rowsPerPart;
  long ranges;
  private long columnsPerPart;
  private long strips;

  void bind(NormPlan plan) {
    boolean slab = plan.family() == Family.SLAB;
    batches = slab ? plan.outer() : 1;
    rows = slab ? plan.inner() : plan.outer() * plan.inner();
    columns = plan.channels();
    groups = slab ? plan.groups() : columns;
    columnsPerPart = Math.min(columns, WIDEST);
    strips = (columns + columnsPerPart - 1) / columnsPerPart;
    rowsPerPart = Math.min(rows, Math.max(LEAST_ROWS, PART_ELEMENTS / columnsPerPart));
    ranges = (rows + rowsPerPart - 1) / rowsPerPart;
  }

  /** Returns the number of parts of some batches. */
  int parts(long ofBatches) {
    return Math.toIntExact(ofBatches * ranges * strips);
  }

  /**
   * Returns how many batches to take from the first sweep to the last before the others: as many as
   * a cache holds.
   */
  long batchesAtOnce() {
    return Math.clamp(CACHED / (rows * stride()), 1, batches);
  }

  long batch(int part) {
    return part / strips / ranges;
  }

  private long range(int part) {
    return part / strips % ranges;
  }

  long firstRow(int part) {
    return range(part) * rowsPerPart;
  }

  int rowsOf(int part) {
    return rowsIn(range(part));
  }

  long firstColumn(int part) {
    return part % strips * columnsPerPart;
  }

  int columnsOf(int part) {
    return (int) Math.min(columnsPerPart, columns - firstColumn(part));
  }

  int rowsIn(long range) {
    return (int) Math.min(rowsPerPart, rows - range * rowsPerPart);
  }

  long stride() {
    return columns * F4;
  }

  /** Offset in bytes of an element in the tensor. */
  long offset(long batch, long row, long column) {
    return ((batch * rows + row) * columns + column) * F4;
  }

  /** Position of a part's first column in arrays with one element per batch, range and column. */
  long partial(int part) {
    return part / strips * columns + firstColumn(part);
  }
}
