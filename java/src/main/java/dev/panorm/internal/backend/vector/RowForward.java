package dev.panorm.internal.backend.vector;

import dev.panorm.ffi.streaming.StreamingKernels;
import dev.panorm.internal.parallel.WorkerPool;

/**
 * Forward of rows: LayerNorm and RMSNorm. A part is a few rows; each row is read once from memory.
 */
final class RowForward implements WorkerPool.PartTask {

  private static final long F4 = Float.BYTES;

  private final ForwardCall call;

  private long rows;
  private long rowsPerPart;
  private long length;
  private boolean compiled;

  RowForward(ForwardCall call) {
    this.call = call;
  }

  void run() {
    rows = call.plan.outer();
    length = call.plan.channels();
    rowsPerPart = Partition.itemsPerPart(length);
    compiled = call.bare() && Streaming.hasRows(call.plan);
    WorkerPool.shared().run(Partition.parts(rows, rowsPerPart), this);
  }

  @Override
  public void run(int part) {
    Moments moments = Scratch.get().moments;
    long end = Math.min(rows, (part + 1) * rowsPerPart);
    long row = part * rowsPerPart;
    while (row < end) {
      if (compiled) {
        row += normalizeSome(row, end - row);
      }
      if (row < end) {
        find(row, moments);
        normalize(row, moments);
        row++;
      }
    }
    call.endPart();
  }

  /** Normalizes rows as long as one pass gives their statistics, and returns how many. */
  private long normalizeSome(long row, long count) {
    long at = row * length * F4;
    return StreamingKernels.normalizeRows(
        call.x + at,
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
        call.streams);
  }

  private void find(long row, Moments moments) {
    long offset = row * length * F4;
    call.prepare(offset, length);
    moments.find(call.plan, call.source + offset, 1, 0, length);
    call.store(row, moments);
  }

  private void normalize(long row, Moments moments) {
    float shift = -moments.low() * moments.rstd();
    normalize(row * length * F4, moments.high(), moments.rstd(), shift);
  }

  private void normalize(long offset, float centre, float rstd, float shift) {
    for (long i = 0; i < length; i += Partition.PIECE) {
      int some = (int) Math.min(Partition.PIECE, length - i);
      long at = offset + i * F4;
      long x = call.source + at;
      long weight = call.parameters.weights() + i * F4;
      if (call.streams) {
        long bias = call.parameters.biases() + i * F4;
        StreamingKernels.normalizeRow(x, call.y + at, some, weight, bias, centre, rstd, shift);
      } else {
        long bias = call.parameters.givenBias(i);
        RowKernels.normalize(x, call.y + at, some, weight, bias, centre, rstd, shift);
        call.finish(at, some);
      }
    }
  }
}
