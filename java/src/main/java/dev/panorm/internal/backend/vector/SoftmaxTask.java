package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.FLOATS;

import dev.panorm.internal.parallel.WorkerPool;

/**
 * One softmax, forward or backward, over rows or down columns. The object serves the next call of
 * its thread.
 */
final class SoftmaxTask implements WorkerPool.PartTask {

  private static final long F4 = Float.BYTES;

  private boolean log;
  private boolean backward;
  private int mid;
  private long inner;
  private long x;
  private long dy;
  private long result;

  /** A row, or a bundle of neighbouring columns. */
  private long units;

  private long unitsPerPart;

  /** y = softmax(x) or its logarithm. */
  void forward(boolean logarithm, long outer, long middle, long last, long from, long to) {
    backward = false;
    dy = 0;
    run(logarithm, outer, middle, last, from, to);
  }

  /** dx from y and dy. */
  void backward(
      boolean logarithm, long outer, long middle, long last, long y, long upstream, long dx) {
    backward = true;
    dy = upstream;
    run(logarithm, outer, middle, last, y, dx);
  }

  private void run(boolean logarithm, long outer, long middle, long last, long from, long to) {
    log = logarithm;
    mid = Math.toIntExact(middle);
    inner = last;
    x = from;
    result = to;
    units = outer * bundles();
    unitsPerPart = Partition.itemsPerPart(middle * Math.min(inner, FLOATS));
    WorkerPool.shared().run(Partition.parts(units, unitsPerPart), this);
  }

  private long bundles() {
    return (inner + FLOATS - 1) / FLOATS;
  }

  @Override
  public void run(int part) {
    long from = part * unitsPerPart;
    long to = Math.min(units, from + unitsPerPart);
    for (long unit = from; unit < to; unit++) {
      if (inner == 1) {
        row(unit * mid * F4);
      } else {
        columns(unit / bundles(), unit % bundles() * FLOATS);
      }
    }
  }

  private void columns(long outer, long column) {
    int count = (int) Math.min(FLOATS, inner - column);
    long room = Scratch.get().table();
    long at = (outer * mid * inner + column) * F4;
    if (backward) {
      SoftmaxColumns.backward(log, x + at, dy + at, result + at, mid, inner * F4, count, room);
    } else {
      SoftmaxColumns.forward(log, x + at, result + at, mid, inner * F4, count, room);
    }
  }

  private void row(long at) {
    Scratch room = Scratch.get();
    if (backward) {
      backwardRow(x + at, dy + at, result + at, room.table());
    } else {
      forwardRow(x + at, result + at, room.table(), room.first());
    }
  }

  private void forwardRow(long from, long to, long scratch, long chunk) {
    float max = SoftmaxRows.max(from, mid, scratch);
    if (log) {
      double sum = SoftmaxRows.expSumOnly(from, max, mid, scratch, chunk);
      SoftmaxRows.shift(from, max, (float) Math.log(sum), to, mid);
    } else {
      double sum = SoftmaxRows.expSum(from, max, to, mid, scratch);
      SoftmaxRows.scale(to, (float) (1 / sum), to, mid);
    }
  }

  private void backwardRow(long y, long upstream, long dx, long scratch) {
    if (log) {
      float sum = (float) SoftmaxRows.sum(upstream, mid, scratch);
      SoftmaxRows.logGradient(y, upstream, sum, dx, mid);
    } else {
      float sum = (float) SoftmaxRows.dot(y, upstream, mid, scratch);
      SoftmaxRows.gradient(y, upstream, sum, dx, mid);
    }
  }
}
