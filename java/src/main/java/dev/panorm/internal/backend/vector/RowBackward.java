package dev.panorm.internal.backend.vector;

import dev.panorm.Activation;
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
      rowsAtOnce = call.compiled ? Math.clamp(Partition.PIECE / length, 1, RowSums.ROWS) : 1;
      spares = call.activated() ? temporaries.take(parts * spareBytes()) : 0;
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

  /** Room for z of a row, and then for its dz. */
  private long spareBytes() {
    return length * F4;
  }

  @Override
  public void run(int part) {
    long begin = part * rowsPerPart;
    long end = Math.min(rows, begin + rowsPerPart);
    long block = part * blocksPerPart;
    for (long row = begin; row < end; row += RowSums.ROWS, block++) {
      block(part, block, row, Math.min(end, row + RowSums.ROWS));
    }
  }

  private void block(int part, long block, long begin, long end) {
    if (columnSums.wanted()) {
      columnSums.clear(block);
    }
    for (long row = begin; row < end; row += rowsAtOnce) {
      long next = Math.min(end, row + rowsAtOnce);
      long at = row * length * F4;
      if (!call.activated()) {
        call.passOn(at, (next - row) * length);
      }
      if (call.compiled) {
        differentiate(part, block, row, next);
      } else {
        row(block, row, call.activated() ? differentiated(part, row) : call.dz(at));
        call.finish(at, length);
      }
    }
  }

  /** Where dz of rows stands that begin at an offset, behind an activation. */
  private long room(int part, long at) {
    return call.keepsDz() ? call.dz(at) : spare(part);
  }

  private long spare(int part) {
    return spares + part * spareBytes();
  }

  /** Works out dz of a row by way of its z and returns its address. */
  private long differentiated(int part, long row) {
    long at = row * length * F4;
    long z = spare(part);
    long dz = room(part, at);
    repeat(row, z);
    call.differentiate(at, z, dz, Math.toIntExact(length));
    return dz;
  }

  /** z of one row. */
  private void repeat(long row, long z) {
    RowTerms t = Scratch.get().rowTerms;
    t.of(call, row);
    for (long i = 0; i < length; i += Partition.PIECE) {
      int some = (int) Math.min(Partition.PIECE, length - i);
      long at = (row * length + i) * F4;
      long weight = call.parameters.weights() + i * F4;
      long bias = call.parameters.givenBias(i);
      RowKernels.normalize(call.x + at, z + i * F4, some, weight, bias, t.centre, t.rstd, t.shift);
      BlockKernels.end(z + i * F4, call.after(at), Activation.IDENTITY, some);
    }
  }

  private void differentiate(int part, long block, long begin, long end) {
    long at = begin * length * F4;
    StreamingKernels.differentiateRows(
        call.x + at,
        call.dy(at),
        room(part, at),
        call.keepsDz() ? length : 0,
        call.dx + at,
        end - begin,
        length,
        call.parameters.weights(),
        call.parameters.biases(),
        call.mean(begin),
        call.meanLow(begin),
        call.savedRstd(begin),
        call.plan.centred(),
        call.after(at),
        Streaming.number(call.plan.activation()),
        call.dsum(at),
        columnSums.ofWeight(block),
        columnSums.ofBias(block),
        call.streams);
  }

  private void row(long block, long row, long dz) {
    long offset = row * length * F4;
    Scratch scratch = Scratch.get();
    RowTerms terms = scratch.rowTerms;
    terms.of(call, row);
    long sums = scratch.clearedSums();
    for (long i = 0; i < length; i += Scratch.CHUNK) {
      int some = (int) Math.min(Scratch.CHUNK, length - i);
      sums(terms, block, call.x + offset + i * F4, dz + i * F4, i, some, sums);
    }
    if (call.dx != 0) {
      terms.take(call.plan, sums, length);
      propagate(terms, offset, dz);
    }
  }

  private void sums(RowTerms t, long block, long x, long dz, long i, int some, long sums) {
    long weight = call.parameters.weights() + i * F4;
    if (!columnSums.wanted()) {
      RowKernels.gradientSums(x, dz, weight, some, t.centre, sums);
    } else {
      long dweight = columnSums.ofWeight(block) + i * F4;
      long dbias = columnSums.ofBias(block) + i * F4;
      RowKernels.allSums(x, dz, weight, some, t.centre, t.rstd, t.shift, dweight, dbias, sums);
    }
  }

  private void propagate(RowTerms t, long offset, long dz) {
    for (long i = 0; i < length; i += Partition.PIECE) {
      int some = (int) Math.min(Partition.PIECE, length - i);
      long at = offset + i * F4;
      RowKernels.gradient(
          call.x + at,
          dz + i * F4,
          call.parameters.givenWeight(i),
          call.dx + at,
          some,
          t.centre,
          t.rstd,
          t.offset,
          t.slope);
    }
  }
}
