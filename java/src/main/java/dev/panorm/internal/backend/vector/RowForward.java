package dev.panorm.internal.backend.vector;

import dev.panorm.ffi.streaming.StreamingKernels;
import dev.panorm.internal.parallel.WorkerPool;

/**
 * Forward of rows: LayerNorm and RMSNorm. A part is a few rows; each row is read once from memory.
 */
final class RowForward implements WorkerPool.PartTask {

  private static final long F4 = Float.BYTES;

  /** Elements of a sum with a residual that are still in the first-level cache for the norm. */
  private static final long HOT = 4096;

  private final ForwardCall call;

  private long rows;
  private long rowsPerPart;
  private long length;
  private long rowsAtOnce;
  private boolean compiled;
  private int number;

  RowForward(ForwardCall call) {
    this.call = call;
  }

  void run() {
    rows = call.plan.outer();
    length = call.plan.channels();
    rowsPerPart = Partition.itemsPerPart(length);
    number = Streaming.number(call.plan.activation());
    compiled = Streaming.hasRows(call.plan);
    rowsAtOnce = call.source == call.x ? rowsPerPart : Math.clamp(HOT / length, 1, rowsPerPart);
    WorkerPool.shared().run(Partition.parts(rows, rowsPerPart), this);
  }

  @Override
  public void run(int part) {
    long end = Math.min(rows, (part + 1) * rowsPerPart);
    for (long row = part * rowsPerPart; row < end; row += rowsAtOnce) {
      long count = Math.min(rowsAtOnce, end - row);
      long offset = row * length * F4;
      call.prepare(offset, count * length);
      normalize(row, row + count);
    }
    call.endPart();
  }

  private void normalize(long begin, long end) {
    Moments moments = Scratch.get().moments;
    long row = begin;
    while (row < end) {
      if (compiled) {
        row += normalizeSome(row, end - row);
      }
      if (row < end) {
        moments.find(call.plan, call.source + row * length * F4, 1, 0, length);
        call.store(row, moments);
        normalize(row, moments);
        row++;
      }
    }
  }

  /** Normalizes rows as long as one pass gives their statistics, and returns how many. */
  private long normalizeSome(long row, long count) {
    long at = row * length * F4;
    return StreamingKernels.normalizeRows(
        call.source + at,
        call.y + at,
        count,
        length,
        call.parameters.weights(),
        call.parameters.biases(),
        call.plan.eps(),
        call.plan.centred(),
        call.savedMean(row),
        call.savedLow(row),
        call.savedRstd(row),
        call.after(at),
        number,
        call.streams);
  }

  private void normalize(long row, Moments moments) {
    float shift = -moments.low() * moments.rstd();
    for (long i = 0; i < length; i += Partition.PIECE) {
      int some = (int) Math.min(Partition.PIECE, length - i);
      long at = (row * length + i) * F4;
      long x = call.source + at;
      long weight = call.parameters.weights() + i * F4;
      long bias = call.parameters.givenBias(i);
      RowKernels.normalize(
          x, call.y + at, some, weight, bias, moments.high(), moments.rstd(), shift);
      BlockKernels.end(call.y + at, call.after(at), call.plan.activation(), some);
    }
  }
}
