package dev.panorm.internal.backend.vector;

import dev.panorm.internal.parallel.WorkerPool;

/**
 * Forward of channels-last data. Four steps, each in parallel: shifts from a sample of every batch,
 * sums of every part's columns, statistics of every set from those of its parts and columns, and
 * the result.
 */
final class ColumnForward {

  private static final long F4 = Float.BYTES;

  private final ForwardCall call;
  private final ColumnSplit split = new ColumnSplit();
  private final ColumnMoments columns;
  private final Loan loan = new Loan();
  private final WorkerPool.PartTask sampleBatches = this::sampleBatch;
  private final WorkerPool.PartTask addUpParts = this::addUpPart;
  private final WorkerPool.PartTask settleBlocks = this::settleBlock;
  private final WorkerPool.PartTask normalizeParts = this::normalizePart;

  /** What the result needs of each column of each batch, float32. */
  private long centres;

  private long scales;
  private long offsets;

  /** The batches at hand. */
  private long firstBatch;

  private long endBatch;

  ColumnForward(ForwardCall call) {
    this.call = call;
    columns = new ColumnMoments(call, split);
  }

  void run() {
    split.bind(call.plan, false);
    centres = loan.take(3 * split.gap() + columns.bytes());
    scales = centres + split.gap();
    offsets = scales + split.gap();
    columns.place(offsets + split.gap());
    try {
      for (firstBatch = 0; firstBatch < split.batches; firstBatch = endBatch) {
        endBatch = Math.min(split.batches, firstBatch + split.batchesAtOnce(1));
        runBatches();
      }
    } finally {
      loan.end();
    }
  }

  private void runBatches() {
    int batches = (int) (endBatch - firstBatch);
    int parts = split.parts(batches);
    if (!call.frozen()) {
      WorkerPool.shared().run(batches, sampleBatches);
      WorkerPool.shared().run(parts, addUpParts);
    }
    WorkerPool.shared().run((int) (batches * split.blocks), settleBlocks);
    WorkerPool.shared().run(parts, normalizeParts);
  }

  private void sampleBatch(int number) {
    columns.sample(firstBatch + number);
  }

  private void addUpPart(int number) {
    int part = split.parts(firstBatch) + number;
    long offset = split.offset(split.batch(part), split.firstRow(part), split.firstColumn(part));
    call.prepare(offset, split.rowsOf(part), split.stride(), split.columnsOf(part));
    columns.addUp(part);
  }

  private void settleBlock(int number) {
    long batch = firstBatch + number / split.blocks;
    long first = split.firstGroup(number);
    long end = split.endGroup(number);
    Moments moments = Scratch.get().moments;
    if (!call.frozen()) {
      columns.settle(batch, first * split.width, (end - first) * split.width);
    }
    for (long group = first; group < end; group++) {
      if (!call.frozen()) {
        merge(batch, group, moments);
        call.store(batch * split.groups + group, moments);
      }
      for (long c = group * split.width; c < (group + 1) * split.width; c++) {
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

  /** Mean and variance of a set from those of its columns, as Chan's formula has it. */
  private void merge(long batch, long group, Moments moments) {
    long first = group * split.width;
    double share = 1 / (double) split.width;
    double mean = 0;
    for (long c = first; c < first + split.width; c++) {
      mean += columns.mean(batch, c) * share;
    }
    double square = 0;
    for (long c = first; c < first + split.width; c++) {
      double apart = columns.mean(batch, c) - mean;
      square += columns.square(batch, c) + split.rows * apart * apart;
    }
    double variance = square / (double) (split.rows * split.width);
    if (call.plan.centred()) {
      moments.give(call.plan, mean, variance);
    } else {
      moments.give(call.plan, 0, variance + mean * mean);
    }
  }

  private void normalizePart(int number) {
    int part = split.parts(firstBatch) + number;
    int columns = split.columnsOf(part);
    long column = (split.batch(part) * split.columns + split.firstColumn(part)) * F4;
    int most = split.rowsAtOnce();
    for (int r = 0; r < split.rowsOf(part); r += most) {
      int some = Math.min(most, split.rowsOf(part) - r);
      long offset =
          split.offset(split.batch(part), split.firstRow(part) + r, split.firstColumn(part));
      if (call.frozen()) {
        call.prepare(offset, some, split.stride(), columns);
      }
      normalizeBlock(offset, some, columns, column);
    }
  }

  private void normalizeBlock(long offset, int rows, int columns, long column) {
    Columns.normalize(
        call.source + offset,
        call.y + offset,
        split.stride(),
        rows,
        columns,
        centres + column,
        scales + column,
        offsets + column,
        call.after(offset),
        call.plan.activation(),
        call.streams);
  }
}
