package dev.panorm.internal.backend.vector;

import dev.panorm.ffi.streaming.StreamingKernels;
import dev.panorm.internal.parallel.WorkerPool;

/**
 * Forward of rows: LayerNorm and RMSNorm. A part is a few rows; each row is read once from memory.
 */
final class RowForward implements WorkerPool.PartTask {

  private static final long F4 = Float.BYTES;

  /**
   * How many times as many parts as are worth a thread: whoever is through first takes one from the
   * other, and each is more of what both wait for at the end.
   */
  private static final long FINER = 4;

  private final ForwardCall call;

  private long rows;
  private long rowsPerPart;
  private long length;
  private boolean compiled;
  private int number;

  RowForward(ForwardCall call) {
    this.call = call;
  }

  void run() {
    rows = call.plan.outer();
    length = call.plan.channels();
    boolean several = rows * length > Partition.GRAIN;
    rowsPerPart = Partition.itemsPerPart(several ? FINER * length : length);
    number = Streaming.number(call.plan.activation());
    compiled = Streaming.hasRows(call.plan);
    WorkerPool.shared().run(Partition.parts(rows, rowsPerPart), this);
  }

  @Override
  public void run(int part) {
    long begin = part * rowsPerPart;
    long end = Math.min(rows, begin + rowsPerPart);
    call.prepare(begin * length * F4, (end - begin) * length);
    normalize(begin, end);
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
