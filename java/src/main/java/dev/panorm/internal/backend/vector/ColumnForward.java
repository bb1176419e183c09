package dev.panorm.internal.backend.vector;

import dev.panorm.ffi.streaming.StreamingKernels;
import dev.panorm.internal.parallel.WorkerPool;

/**
 * Forward of channels-last data. Three steps, each in parallel: statistics of every part's columns,
 * statistics of every set from those of its parts and columns, and the result, from the last part
 * to the first, since what was read last may still be in a cache.
 */
final class ColumnForward {

  private static final long F4 = Float.BYTES;

  private final ForwardCall call;
  private final ColumnSplit split = new ColumnSplit();
  private final Loan loan = new Loan();
  private final WorkerPool.PartTask findParts = this::findPart;
  private final WorkerPool.PartTask mergeBatches = this::mergeBatch;
  private final WorkerPool.PartTask normalizeParts = this::normalizePart;

  /** Mean and Σ (x − mean)² of each column of each part, float64. */
  private long means;

  private long squares;

  /** Shift of each column of each part, float32. */
  private long shifts;

  /** What the result needs of each column of each batch, float32. */
  private long centres;

  private long scales;
  private long offsets;

  /** The batches at hand. */
  private long firstBatch;

  private long endBatch;

  ColumnForward(ForwardCall call) {
    this.call = call;
  }

  void run() {
    split.bind(call.plan);
    long partials = split.batches * split.ranges * split.columns;
    long results = split.batches * split.columns;
    means = loan.take(partials * (2 * Double.BYTES + F4) + results * 3 * F4);
    squares = means + partials * Double.BYTES;
    shifts = squares + partials * Double.BYTES;
    centres = shifts + partials * F4;
    scales = centres + results * F4;
    offsets = scales + results * F4;
    try {
      for (firstBatch = 0; firstBatch < split.batches; firstBatch = endBatch) {
        endBatch = Math.min(split.batches, firstBatch + split.batchesAtOnce());
        runBatches();
      }
    } finally {
      loan.end();
    }
  }

  private void runBatches() {
    int parts = split.parts(endBatch - firstBatch);
    if (!call.frozen()) {
      WorkerPool.shared().run(parts, findParts);
    }
    WorkerPool.shared().run((int) (endBatch - firstBatch), mergeBatches);
    WorkerPool.shared().run(parts, normalizeParts);
  }

  private void findPart(int number) {
    int part = split.parts(firstBatch) + number;
    long offset = split.offset(split.batch(part), split.firstRow(part), split.firstColumn(part));
    for (int r = 0; r < split.rowsOf(part); r++) {
      call.prepare(offset + r * split.stride(), split.columnsOf(part));
    }
    long at = split.partial(part);
    ColumnMoments.find(
        call.source + offset,
        split.stride(),
        split.rowsOf(part),
        split.columnsOf(part),
        shifts + at * F4,
        means + at * Double.BYTES,
        squares + at * Double.BYTES,
        call.plan);
  }

  private void mergeBatch(int number) {
    long batch = firstBatch + number;
    Moments moments = Scratch.get().moments;
    long width = split.columns / split.groups;
    for (long group = 0; group < split.groups; group++) {
      if (!call.frozen()) {
        merge(batch, group * width, width, moments);
        call.store(batch * split.groups + group, moments);
      }
      for (long c = group * width; c < (group + 1) * width; c++) {
        if (call.frozen()) {
          moments.give(
              call.plan,
              Lanes.get(call.givenMean + c * F4),
              Lanes.get(call.givenVariance + c * F4));
        }
        long at = (batch * split.columns + c) * F4;
        float scale = moments.rstd() * call.parameters.weight(c);
        Lanes.set(centres + at, moments.high());
        Lanes.set(scales + at, scale);
        double offset = call.parameters.bias(c) - (double) moments.low() * scale;
        Lanes.set(offsets + at, (float) offset);
      }
    }
  }

  /** Mean and variance of a set from those of its parts and columns, as Chan's formula has it. */
  private void merge(long batch, long firstColumn, long width, Moments moments) {
    double count = (double) (split.rows * width);
    double mean = 0;
    for (long range = 0; range < split.ranges; range++) {
      double rows = split.rowsIn(range);
      long at = (batch * split.ranges + range) * split.columns + firstColumn;
      for (long c = at; c < at + width; c++) {
        mean += Lanes.getWide(means + c * Double.BYTES) * (rows / count);
      }
    }
    double square = 0;
    for (long range = 0; range < split.ranges; range++) {
      double rows = split.rowsIn(range);
      long at = (batch * split.ranges + range) * split.columns + firstColumn;
      for (long c = at; c < at + width; c++) {
        double apart = Lanes.getWide(means + c * Double.BYTES) - mean;
        square += Lanes.getWide(squares + c * Double.BYTES) + rows * apart * apart;
      }
    }
    if (call.plan.centred()) {
      moments.give(call.plan, mean, square / count);
    } else {
      moments.give(call.plan, 0, square / count + mean * mean);
    }
  }

  private void normalizePart(int number) {
    int part = split.parts(endBatch) - 1 - number;
    long column = (split.batch(part) * split.columns + split.firstColumn(part)) * F4;
    for (int r = 0; r < split.rowsOf(part); r += ColumnSplit.BLOCK) {
      int some = Math.min(ColumnSplit.BLOCK, split.rowsOf(part) - r);
      long offset =
          split.offset(split.batch(part), split.firstRow(part) + r, split.firstColumn(part));
      if (call.frozen()) {
        prepare(offset, some, split.columnsOf(part));
      }
      normalizeBlock(offset, some, split.columnsOf(part), column);
    }
    call.endPart();
  }

  private void normalizeBlock(long offset, int rows, int columns, long column) {
    long x = call.source + offset;
    long y = call.y + offset;
    long stride = split.stride();
    long centre = centres + column;
    long scale = scales + column;
    long shift = offsets + column;
    if (call.streams) {
      StreamingKernels.normalizeColumns(x, y, rows, columns, stride / F4, centre, scale, shift);
    } else {
      ColumnKernels.normalize(x, y, stride, rows, columns, centre, scale, shift);
      for (int r = 0; r < rows; r++) {
        call.finish(offset + r * stride, columns);
      }
    }
  }

  private void prepare(long offset, int rows, int columns) {
    for (int r = 0; r < rows; r++) {
      call.prepare(offset + r * split.stride(), columns);
    }
  }
}
