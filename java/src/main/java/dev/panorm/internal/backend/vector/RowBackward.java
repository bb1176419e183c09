package dev.panorm.internal.backend.vector;

import dev.panorm.ffi.streaming.StreamingKernels;
import dev.panorm.internal.parallel.WorkerPool;

/**
 * Backward of rows: LayerNorm and RMSNorm.
 *
 * <p>A row is read twice, once for its own sums and its share of the gradients of weight and bias,
 * and once, from the cache, for dx.
 */
final class RowBackward implements WorkerPool.PartTask {

  private static final long F4 = Float.BYTES;

  /** More parts would cost more in column sums than more threads could win. */
  private static final int MOST_PARTS = 32;

  private final BackwardCall call;
  private final RowSums columnSums;
  private final Loan temporaries = new Loan();

  private long rows;
  private long rowsPerPart;
  private long blocksPerPart;
  private long length;
  private boolean compiled;
  private long rowsAtOnce;
  private long spares;

  RowBackward(BackwardCall call) {
    this.call = call;
    columnSums = new RowSums(call);
  }

  void run() {
    rows = call.plan.outer();
    length = call.plan.channels();
    rowsPerPart = Math.max(Partition.itemsPerPart(length), (rows + MOST_PARTS - 1) / MOST_PARTS);
    blocksPerPart = Math.ceilDiv(rowsPerPart, RowSums.ROWS);
    int parts = Partition.parts(rows, rowsPerPart);
    try {
      columnSums.begin(length, blocks(parts));
      spares = call.activated() ? temporaries.take(parts * spareBytes()) : 0;
      compiled = columnSums.wanted() && call.bare() && Streaming.hasRows(call.plan);
      rowsAtOnce = compiled ? Math.clamp(Partition.PIECE / length, 1, RowSums.ROWS) : 1;
      WorkerPool.shared().run(parts, this);
      if (columnSums.wanted()) {
        columnSums.addUp();
      }
    } finally {
      columnSums.end();
      temporaries.end();
    }
  }

  /** Returns how many blocks there are, of which only the last part may have fewer than others. */
  private int blocks(int parts) {
    long last = rows - (parts - 1) * rowsPerPart;
    return Math.toIntExact((parts - 1) * blocksPerPart + Math.ceilDiv(last, RowSums.ROWS));
  }

  /** Room for a row's z, and for its dz that is wanted nowhere. */
  private long spareBytes() {
    return 2 * length * F4;
  }

  @Override
  public void run(int part) {
    long begin = part * rowsPerPart;
    long end = Math.min(rows, begin + rowsPerPart);
    long block = part * blocksPerPart;
    for (long row = begin; row < end; row += RowSums.ROWS, block++) {
      block(part, block, row, Math.min(end, row + RowSums.ROWS));
    }
    call.endPart();
  }

  private void block(int part, long block, long begin, long end) {
    if (columnSums.wanted()) {
      columnSums.clear(block);
    }
    for (long row = begin; row < end; row += rowsAtOnce) {
      if (compiled) {
        differentiate(block, row, Math.min(end, row + rowsAtOnce));
      } else {
        row(part, block, row);
      }
    }
  }

  private void differentiate(long block, long begin, long end) {
    long at = begin * length * F4;
    StreamingKernels.differentiateRows(
        call.x + at,
        call.dz(at, 0),
        call.dx + at,
        end - begin,
        length,
        call.parameters.weights(),
        call.mean(begin),
        call.meanLow(begin),
        call.savedRstd(begin),
        call.plan.centred(),
        columnSums.ofWeight(block),
        columnSums.ofBias(block),
        call.streams);
  }

  private void row(int part, long block, long row) {
    long offset = row * length * F4;
    long z = spares + part * spareBytes();
    long spare = z + length * F4;
    Scratch scratch = Scratch.get();
    RowTerms terms = scratch.rowTerms;
    terms.of(call, row);
    long sums = scratch.clearedSums();
    for (long i = 0; i < length; i += Scratch.CHUNK) {
      int some = (int) Math.min(Scratch.CHUNK, length - i);
      if (call.activated()) {
        differentiate(terms, offset + i * F4, i, some, z + i * F4, spare + i * F4);
      }
      sums(terms, block, offset + i * F4, i, some, spare, sums);
      call.passOn(offset + i * F4, some);
    }
    if (call.dx != 0) {
      terms.take(call.plan, sums, length);
      propagate(terms, offset, spare);
    }
  }

  private void differentiate(RowTerms t, long at, long i, int some, long z, long spare) {
    long weight = call.parameters.weights() + i * F4;
    long bias = call.parameters.givenBias(i);
    RowKernels.normalize(call.x + at, z, some, weight, bias, t.centre, t.rstd, t.shift);
    call.differentiate(at, z, spare, some);
  }

  private void sums(RowTerms t, long block, long at, long i, int some, long spare, long sums) {
    long x = call.x + at;
    long dz = call.dz(at, spare + i * F4);
    long weight = call.parameters.weights() + i * F4;
    if (!columnSums.wanted()) {
      RowKernels.gradientSums(x, dz, weight, some, t.centre, sums);
    } else {
      long dweight = columnSums.ofWeight(block) + i * F4;
      long dbias = columnSums.ofBias(block) + i * F4;
      RowKernels.allSums(x, dz, weight, some, t.centre, t.rstd, t.shift, dweight, dbias, sums);
    }
  }

  private void propagate(RowTerms t, long offset, long spare) {
    for (long i = 0; i < length; i += Partition.PIECE) {
      int some = (int) Math.min(Partition.PIECE, length - i);
      long at = offset + i * F4;
      long x = call.x + at;
      long dz = call.dz(at, spare + i * F4);
      long dx = call.dx + at;
      if (call.streams) {
        long weight = call.parameters.weights() + i * F4;
        StreamingKernels.gradientRow(x, dz, dx, some, weight, t.centre, t.rstd, t.offset, t.slope);
      } else {
        long weight = call.parameters.givenWeight(i);
        RowKernels.gradient(x, dz, weight, dx, some, t.centre, t.rstd, t.offset, t.slope);
        call.finish(at, some);
      }
    }
  }
}
