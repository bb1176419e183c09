package dev.panorm.internal.backend.vector;

import dev.panorm.ffi.streaming.StreamingKernels;
import dev.panorm.internal.parallel.WorkerPool;

/**
 * Backward of rows: LayerNorm and RMSNorm.
 *
 * <p>A row is read twice, once for its own sums and its share of the gradients of weight and bias,
 * and once, from the cache, for dx. Each part has float64 sums of its own for the columns, added up
 * in order at the end.
 */
final class RowBackward implements WorkerPool.PartTask {

  private static final long F4 = Float.BYTES;

  /** After so many rows the columns' float32 sums go to the float64 ones. */
  private static final int ROWS_TO_FLUSH = 64;

  /** More parts would cost more in column sums than more threads could win. */
  private static final int MOST_PARTS = 32;

  private final BackwardCall call;
  private final Loan partials = new Loan();
  private final Loan temporaries = new Loan();

  private long rows;
  private long rowsPerPart;
  private long length;
  private long columnSums;
  private long spares;

  RowBackward(BackwardCall call) {
    this.call = call;
  }

  void run() {
    rows = call.plan.outer();
    length = call.plan.channels();
    rowsPerPart = Math.max(Partition.itemsPerPart(length), (rows + MOST_PARTS - 1) / MOST_PARTS);
    int parts = Partition.parts(rows, rowsPerPart);
    try {
      columnSums = call.wantsParameters() ? partials.take(parts * sumsBytes()) : 0;
      spares = call.activated() ? temporaries.take(parts * spareBytes()) : 0;
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

  /** Room for a row's z, and for its dz that is wanted nowhere. */
  private long spareBytes() {
    return 2 * length * F4;
  }

  @Override
  public void run(int part) {
    if (columnSums != 0) {
      BlockKernels.zeroWide(columnSums + part * sumsBytes(), 2 * length);
      BlockKernels.fill(shortSums(part), 2 * length, 0);
    }
    long begin = part * rowsPerPart;
    long end = Math.min(rows, begin + rowsPerPart);
    for (long row = begin; row < end; row++) {
      row(part, row);
      if (columnSums != 0 && ((row + 1 - begin) % ROWS_TO_FLUSH == 0 || row + 1 == end)) {
        BlockKernels.flush(shortSums(part), columnSums + part * sumsBytes(), 2 * length);
      }
    }
    call.endPart();
  }

  private void row(int part, long row) {
    long offset = row * length * F4;
    long z = spares + part * spareBytes();
    long spare = z + length * F4;
    float low = call.low(row);
    float rstd = call.rstd(row);
    long sums = Scratch.get().clearedSums();
    for (long i = 0; i < length; i += Scratch.CHUNK) {
      int some = (int) Math.min(Scratch.CHUNK, length - i);
      if (call.activated()) {
        differentiate(row, i, some, z + i * F4, spare + i * F4);
      }
      sums(part, row, i, some, spare, sums);
      call.passOn(offset + i * F4, some);
    }
    if (call.dx != 0) {
      double m = (double) length;
      double meanG = Lanes.getWide(sums) / m;
      double meanGc = Lanes.getWide(sums + Double.BYTES) / m - low * meanG;
      double slope = call.plan.projection(rstd) * rstd * rstd * meanGc;
      double shift = (call.plan.centred() ? meanG : 0) - slope * low;
      propagate(row, spare, (float) shift, (float) slope);
    }
  }

  private void differentiate(long row, long i, int some, long z, long spare) {
    long at = (row * length + i) * F4;
    long weight = call.parameters.weights() + i * F4;
    long bias = call.parameters.givenBias(i);
    float rstd = call.rstd(row);
    float shift = -call.low(row) * rstd;
    RowKernels.normalize(call.x + at, z, some, weight, bias, call.high(row), rstd, shift);
    call.differentiate(at, z, spare, some);
  }

  private void sums(int part, long row, long i, int some, long spare, long sums) {
    long at = (row * length + i) * F4;
    long x = call.x + at;
    long dz = call.dz(at, spare + i * F4);
    long weight = call.parameters.weights() + i * F4;
    float high = call.high(row);
    if (columnSums == 0) {
      RowKernels.gradientSums(x, dz, weight, some, high, sums);
    } else {
      float rstd = call.rstd(row);
      float shift = -call.low(row) * rstd;
      long dweight = shortSums(part) + i * F4;
      long dbias = dweight + length * F4;
      RowKernels.allSums(x, dz, weight, some, high, rstd, shift, dweight, dbias, sums);
    }
  }

  private void propagate(long row, long spare, float shift, float slope) {
    float high = call.high(row);
    float rstd = call.rstd(row);
    for (long i = 0; i < length; i += Partition.PIECE) {
      int some = (int) Math.min(Partition.PIECE, length - i);
      long at = (row * length + i) * F4;
      long x = call.x + at;
      long dz = call.dz(at, spare + i * F4);
      if (call.streams) {
        long weight = call.parameters.weights() + i * F4;
        StreamingKernels.gradientRow(x, dz, call.dx + at, some, weight, high, rstd, shift, slope);
      } else {
        long weight = call.parameters.givenWeight(i);
        RowKernels.gradient(x, dz, weight, call.dx + at, some, high, rstd, shift, slope);
        call.finish(at, some);
      }
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
