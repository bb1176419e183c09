package dev.panorm.internal.backend.vector;

import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Family;

/**
 * Channels-last data as matrices, and how they are cut into parts.
 *
 * <p>A batch is a matrix whose columns have statistics of their own: one sample for the slab
 * family, all of the data for the channel family. A part is a range of rows by a strip of columns;
 * a block is some groups of columns of a batch, whose statistics one thread settles.
 */
final class ColumnSplit {

  /** Rows that float32 partial sums run over. */
  static final int BLOCK = 128;

  private static final long F4 = Float.BYTES;
  private static final long PART_ELEMENTS = 1 << 17;

  /** Columns of the widest strip: no more than the kernels in C add up in one call. */
  private static final long WIDEST = 2048;

  /** Columns of the narrowest strip whose rows are no waste of lines. */
  private static final long NARROWEST = 64;

  /** Elements of a part that stay in a core's own cache from one sweep to the next. */
  private static final long NEAR = 1 << 15;

  /** Strips end with whole lines of the caches, ranges with whole steps of the kernels. */
  private static final long LINE = 16;

  private static final long STEP = 4;

  /** Columns that are worth handing to another thread. */
  private static final long SETTLED = 128;

  private static final long PAGE = 4096;

  /** Five lines of the caches. */
  private static final long SKEW = 320;

  /** Bytes that stay in a usual last-level cache from one sweep to the next. */
  private static final long CACHED = 8L << 20;

  long batches;
  long rows;
  long columns;
  long groups;

  /** Columns of a group. */
  long width;

  /** Ranges of rows of a batch. */
  long ranges;

  /** Blocks of groups of a batch. */
  long blocks;

  /**
   * Whether a part is a block too: all rows of whole groups, which one thread takes from the first
   * sweep to the last while they stay in its cache.
   */
  boolean whole;

  private long rowsPerPart;
  private long columnsPerPart;
  private long strips;
  private long groupsPerBlock;

  /**
   * Cuts the data of a plan.
   *
   * @param gathers whether parts that are whole groups are of use
   */
  void bind(NormPlan plan, boolean gathers) {
    boolean slab = plan.family() == Family.SLAB;
    batches = slab ? plan.outer() : 1;
    rows = slab ? plan.inner() : plan.outer() * plan.inner();
    columns = plan.channels();
    groups = slab ? plan.groups() : columns;
    width = columns / groups;
    long narrow = columnsOfWholeGroups();
    whole = gathers && slab && rows * narrow <= NEAR && narrow <= WIDEST && isSpread(plan);
    columnsPerPart = whole ? narrow : even(columns, WIDEST, LINE);
    strips = pieces(columns, columnsPerPart);
    rowsPerPart = whole ? rows : even(rows, rowsPerPart(columnsPerPart), STEP);
    ranges = pieces(rows, rowsPerPart);
    groupsPerBlock = whole ? columnsPerPart / width : Math.min(groups, pieces(SETTLED, width));
    blocks = pieces(groups, groupsPerBlock);
  }

  /** Returns whether the rows of a strip find places of their own in a core's cache. */
  private boolean isSpread(NormPlan plan) {
    return stride() % (PAGE / 2) != 0 && plan.elements() * F4 < CACHED;
  }

  /** Returns how many columns are whole groups and whole lines, and as near as half a cache. */
  private long columnsOfWholeGroups() {
    long unit = width * LINE / Math.min(LINE, Long.lowestOneBit(width));
    long wanted = Math.clamp(NEAR / 2 / rows, NARROWEST, WIDEST);
    return Math.min(columns, Math.max(1, wanted / unit) * unit);
  }

  private static long pieces(long all, long each) {
    return (all + each - 1) / each;
  }

  /** Returns the size of pieces of about the same size, a multiple of {@code unit}. */
  private static long even(long all, long most, long unit) {
    long each = pieces(all, pieces(all, most));
    return Math.min(all, pieces(each, unit) * unit);
  }

  /** Returns the number of parts of some batches. */
  int parts(long ofBatches) {
    return Math.toIntExact(ofBatches * ranges * strips);
  }

  /**
   * Returns how many batches of {@code tensors} to take from the first sweep to the last before the
   * others: as many as a cache holds.
   */
  long batchesAtOnce(int tensors) {
    return Math.clamp(CACHED / (tensors * rows * stride()), 1, batches);
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
    return (int) Math.min(rowsPerPart, rows - firstRow(part));
  }

  long firstColumn(int part) {
    return part % strips * columnsPerPart;
  }

  int columnsOf(int part) {
    return columnsFrom(firstColumn(part));
  }

  /** Columns of the strip that begins with a column. */
  int columnsFrom(long column) {
    return (int) Math.min(columnsPerPart, columns - column);
  }

  /** Rows of a part whose results are worth a call of C: of narrow strips more. */
  int rowsAtOnce() {
    return (int) Math.max(BLOCK, NEAR / columnsPerPart);
  }

  /** Rows of a part of so many columns: whole blocks. */
  static long rowsPerPart(long columns) {
    return pieces(PART_ELEMENTS, columns * BLOCK) * BLOCK;
  }

  long firstGroup(long block) {
    return block % blocks * groupsPerBlock;
  }

  long endGroup(long block) {
    return Math.min(groups, firstGroup(block) + groupsPerBlock);
  }

  long stride() {
    return columns * F4;
  }

  /**
   * Bytes from an array with a float32 per batch and column to the next one; not a multiple of a
   * page, so that the same column of several arrays and rows does not share one place in the
   * first-level cache.
   */
  long gap() {
    return pieces(batches * stride(), PAGE) * PAGE + SKEW;
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
