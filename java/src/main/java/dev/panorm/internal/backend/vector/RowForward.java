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

  RowForward(ForwardCall call) {
    this.call = call;
  }

  void run() {
    rows = call.plan.outer();
    length = call.plan.channels();
    rowsPerPart = Partition.itemsPerPart(length);
    WorkerPool.shared().run(Partition.parts(rows, rowsPerPart), this);
  }

  @Override
  public void run(int part) {
    Moments moments = Scratch.get().moments;
    long end = Math.min(rows, (part + 1) * rowsPerPart);
    for (long row = part * rowsPerPart; row < end; row++) {
      find(row, moments);
      normalize(row, moments);
    }
    call.endPart();
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
