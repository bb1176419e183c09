package dev.panorm.internal.backend.vector;

import dev.panorm.internal.parallel.WorkerPool;

/**
 * Backward of rows: LayerNorm and RMSNorm.
 *
 * <p>A part goes through its rows in blocks that stay in cache: the sums of each row, then the
 * block's share of the gradients of weight and bias, column by column, then dx. Each part has
 * float64 sums of its own for the columns, added up in order at the end.
 */
final class RowBackward implements WorkerPool.PartTask {

  private static final long F4 = Float.BYTES;

  private static final int BLOCK = 16;

  /** After so many blocks float32 sums go to the float64 ones. */
  private static final int BLOCKS_TO_FLUSH = 4;

  /** More parts would cost more in column sums than more threads could win. */
  private static final int MOST_PARTS = 32;

  private final BackwardCall call;
  private final Loan partials = new Loan();
  private final Loan temporaries = new Loan();

  private long rows;
  private long rowsPerPart;
  private long length;
  private long columnSums;
  private long blocks;

  RowBackward(BackwardCall call) {
    this.call = call;
  }

  void run() {
    rows = call.plan.outer();
    length = call.plan.channels();
    long least = Math.max(Partition.itemsPerPart(length), (rows + MOST_PARTS - 1) / MOST_PARTS);
    rowsPerPart = (least + BLOCK - 1) / BLOCK * BLOCK;
    int parts = Partition.parts(rows, rowsPerPart);
    try {
      columnSums = call.wantsParameters() ? partials.take(parts * sumsBytes()) : 0;
      blocks = call.activated() ? temporaries.take(parts * temporaryBytes()) : 0;
      WorkerPool.shared().run(parts, this);
      if (columnSums != 0) {
        addUp(parts);
      }
    } finally {
      partials.end();
      temporaries.end();
    }
  }

  /** float64 and float32 sums for weight and bias. */
  private long sumsBytes() {
    return 2 * length * (Double.BYTES + F4);
  }

  private long shortSums(int part) {
    return columnSums + part * sumsBytes() + 2 * length * Double.BYTES;
  }

  /** Room for a row's z, and for a block's dz that is wanted nowhere. */
  private long temporaryBytes() {
    return (1 + BLOCK) * length * F4;
  }

  @Override
  public void run(int part) {
    if (columnSums != 0) {
      BlockKernels.zeroWide(columnSums + part * sumsBytes(), 2 * length);
      BlockKernels.fill(shortSums(part), 2 * length, 0);
    }
    long end = Math.min(rows, (part + 1) * rowsPerPart);
    for (long row = part * rowsPerPart; row < end; row += BLOCK) {
      block(part, row, (int) Math.min(BLOCK, end - row));
      if (columnSums != 0 && (row / BLOCK % BLOCKS_TO_FLUSH == 0 || row + BLOCK >= end)) {
        BlockKernels.flush(shortSums(part), columnSums + part * sumsBytes(), 2 * length);
      }
    }
  }

  private void block(int part, long firstRow, int count) {
    long stats = Scratch.get().table();
    long offset = firstRow * length * F4;
    long z = blocks + part * temporaryBytes();
    long spare = z + length * F4;
    for (int r = 0; r < count; r++) {
      long shift = r * length * F4;
      sums(firstRow + r, offset + shift, z, spare + shift, stats + r * RowKernels.ROW_BYTES);
    }
    if (columnSums != 0) {
      parameterSums(offset, call.dz(offset, spare), count, stats, shortSums(part));
    }
    for (int r = 0; call.dx != 0 && r < count; r++) {
      long shift = r * length * F4;
      propagate(offset + shift, spare + shift, stats + r * RowKernels.ROW_BYTES);
    }
  }

  /** Fills in what is kept of a row. */
  private void sums(long row, long offset, long z, long spare, long stats) {
    float high = call.high(row);
    float low = call.low(row);
    float rstd = call.rstd(row);
    long sums = Scratch.get().clearedSums();
    for (long i = 0; i < length; i += Scratch.CHUNK) {
      int some = (int) Math.min(Scratch.CHUNK, length - i);
      long at = offset + i * F4;
      long weight = call.parameters.weights() + i * F4;
      if (call.activated()) {
        long bias = call.parameters.biases() + i * F4;
        RowKernels.normalize(call.x + at, z + i * F4, some, weight, bias, high, rstd, -low * rstd);
        call.differentiate(at, z + i * F4, spare + i * F4, some);
      }
      RowKernels.gradientSums(call.x + at, call.dz(at, spare + i * F4), weight, some, high, sums);
      call.passOn(at, some);
    }
    double m = (double) length;
    double meanG = Lanes.getWide(sums) / m;
    double meanGc = Lanes.getWide(sums + Double.BYTES) / m - low * meanG;
    double slope = call.plan.projection(rstd) * rstd * rstd * meanGc;
    double offsetOfG = (call.plan.centred() ? meanG : 0) - slope * low;
    Lanes.set(stats, high);
    Lanes.set(stats + RowKernels.SHIFT, -low * rstd);
    Lanes.set(stats + RowKernels.RSTD, rstd);
    Lanes.set(stats + RowKernels.OFFSET, (float) offsetOfG);
    Lanes.set(stats + RowKernels.SLOPE, (float) slope);
  }

  private void parameterSums(long offset, long dz, int count, long stats, long sums) {
    for (long i = 0; i < length; i += Partition.PIECE) {
      int some = (int) Math.min(Partition.PIECE, length - i);
      long dweight = sums + i * F4;
      long dbias = dweight + length * F4;
      int r = 0;
      for (; r + RowKernels.TOGETHER <= count; r += RowKernels.TOGETHER) {
        long at = (r * length + i) * F4;
        long kept = stats + r * RowKernels.ROW_BYTES;
        RowKernels.parameterSums(
            call.x + offset + at, dz + at, length * F4, some, kept, dweight, dbias);
      }
      for (; r < count; r++) {
        long at = (r * length + i) * F4;
        long kept = stats + r * RowKernels.ROW_BYTES;
        RowKernels.parameterSumsOfRow(call.x + offset + at, dz + at, some, kept, dweight, dbias);
      }
    }
  }

  private void propagate(long offset, long spare, long stats) {
    for (long i = 0; i < length; i += Partition.PIECE) {
      int some = (int) Math.min(Partition.PIECE, length - i);
      long at = offset + i * F4;
      RowKernels.gradient(
          call.x + at,
          call.dz(at, spare + i * F4),
          call.parameters.weights() + i * F4,
          call.dx + at,
          some,
          Lanes.get(stats),
          Lanes.get(stats + RowKernels.RSTD),
          Lanes.get(stats + RowKernels.OFFSET),
          Lanes.get(stats + RowKernels.SLOPE));
      call.finish(at, some);
    }
  }

  private void addUp(int parts) {
    for (int part = 1; part < parts; part++) {
      BlockKernels.addWide(columnSums, columnSums + part * sumsBytes(), 2 * length);
    }
    for (long c = 0; c < length; c++) {
      long weightSum = columnSums + c * Double.BYTES;
      call.storeGradient(
          c, Lanes.getWide(weightSum), Lanes.getWide(weightSum + length * Double.BYTES));
    }
  }
}
