package dev.panorm.internal.backend.vector;

import dev.panorm.ffi.streaming.StreamingKernels;
import dev.panorm.internal.parallel.WorkerPool;

/**
 * Backward of channels-last data, in three steps as {@link ColumnForward}: sums of every part's
 * columns, what dx needs of every column, and dx.
 */
final class ColumnBackward {

  private static final long F4 = Float.BYTES;

  private final BackwardCall call;
  private final ColumnSplit split = new ColumnSplit();
  private final Loan loan = new Loan();
  private final Loan temporaries = new Loan();
  private final WorkerPool.PartTask sumParts = this::sumPart;
  private final WorkerPool.PartTask mergeBatches = this::mergeBatch;
  private final WorkerPool.PartTask propagateParts = this::propagatePart;

  /** Σ dz and Σ dz · c of each column of each part, float64; then of each batch. */
  private long sums;

  private long products;

  /** What is needed of each column of each batch, float32. */
  private long centres;

  private long weights;
  private long offsets;
  private long slopes;
  private long rstds;

  /** What z needs of each column of each batch. */
  private long scales;

  private long shifts;

  private long blocks;

  /** The batches at hand. */
  private long firstBatch;

  private long endBatch;

  ColumnBackward(BackwardCall call) {
    this.call = call;
  }

  void run() {
    split.bind(call.plan);
    long partials = split.batches * split.ranges * split.columns;
    long results = split.batches * split.columns;
    sums = loan.take(partials * 2 * Double.BYTES + results * 7 * F4);
    products = sums + partials * Double.BYTES;
    centres = products + partials * Double.BYTES;
    weights = centres + results * F4;
    offsets = weights + results * F4;
    slopes = offsets + results * F4;
    rstds = slopes + results * F4;
    scales = rstds + results * F4;
    shifts = scales + results * F4;
    try {
      bindStatistics();
      int parts = split.parts(split.batchesAtOnce());
      blocks = call.activated() ? temporaries.take(parts * blockBytes() * 2) : 0;
      for (firstBatch = 0; firstBatch < split.batches; firstBatch = endBatch) {
        endBatch = Math.min(split.batches, firstBatch + split.batchesAtOnce());
        runBatches();
      }
      if (call.wantsParameters()) {
        addUp();
      }
    } finally {
      loan.end();
      temporaries.end();
    }
  }

  private void runBatches() {
    int parts = split.parts(endBatch - firstBatch);
    WorkerPool.shared().run(parts, sumParts);
    WorkerPool.shared().run((int) (endBatch - firstBatch), mergeBatches);
    if (call.dx != 0) {
      WorkerPool.shared().run(parts, propagateParts);
    }
  }

  private long blockBytes() {
    return ColumnSplit.BLOCK * split.stride();
  }

  private long set(long batch, long column) {
    return batch * split.groups + column / (split.columns / split.groups);
  }

  private void bindStatistics() {
    for (long batch = 0; batch < split.batches; batch++) {
      for (long c = 0; c < split.columns; c++) {
        long set = set(batch, c);
        long at = (batch * split.columns + c) * F4;
        float scale = call.rstd(set) * call.parameters.weight(c);
        double shift = call.parameters.bias(c) - (double) call.low(set) * scale;
        Lanes.set(centres + at, call.high(set));
        Lanes.set(weights + at, call.parameters.weight(c));
        Lanes.set(rstds + at, call.rstd(set));
        Lanes.set(scales + at, scale);
        Lanes.set(shifts + at, (float) shift);
      }
    }
  }

  private void sumPart(int number) {
    int part = split.parts(firstBatch) + number;
    Runs.fill(0, Scratch.get().first(), split.columnsOf(part));
    Runs.fill(0, Scratch.get().second(), split.columnsOf(part));
    long partial = split.partial(part) * Double.BYTES;
    BlockKernels.zeroWide(sums + partial, split.columnsOf(part));
    BlockKernels.zeroWide(products + partial, split.columnsOf(part));
    for (int r = 0; r < split.rowsOf(part); r += ColumnSplit.BLOCK) {
      int some = Math.min(ColumnSplit.BLOCK, split.rowsOf(part) - r);
      sumBlock(number, part, split.firstRow(part) + r, some, partial);
    }
  }

  private void sumBlock(int number, int part, long row, int some, long partial) {
    long offset = split.offset(split.batch(part), row, split.firstColumn(part));
    long column = (split.batch(part) * split.columns + split.firstColumn(part)) * F4;
    long z = blocks + number * blockBytes() * 2;
    long spare = z + blockBytes();
    Scratch scratch = Scratch.get();
    if (call.activated()) {
      ColumnKernels.normalize(
          call.x + offset,
          z,
          split.stride(),
          some,
          split.columnsOf(part),
          centres + column,
          scales + column,
          shifts + column);
      for (int r = 0; r < some; r++) {
        long at = r * split.stride();
        call.differentiate(offset + at, z + at, spare + at, split.columnsOf(part));
      }
    }
    gradientSums(
        call.x + offset,
        call.dz(offset, spare),
        some,
        split.columnsOf(part),
        centres + column,
        scratch.first(),
        scratch.second());
    BlockKernels.flush(scratch.first(), sums + partial, split.columnsOf(part));
    BlockKernels.flush(scratch.second(), products + partial, split.columnsOf(part));
    for (int r = 0; r < some; r++) {
      call.passOn(offset + r * split.stride(), split.columnsOf(part));
    }
  }

  private void gradientSums(
      long x, long dz, int rows, int columns, long centre, long toSums, long toProducts) {
    long stride = split.stride();
    if (Streaming.serves(call.plan.elements())) {
      StreamingKernels.columnGradientSums(
          x, dz, rows, columns, stride / F4, centre, toSums, toProducts);
    } else {
      ColumnKernels.gradientSums(x, dz, stride, rows, columns, centre, toSums, toProducts);
    }
  }

  private void mergeBatch(int number) {
    long batch = firstBatch + number;
    long first = batch * split.ranges * split.columns;
    for (long range = 1; range < split.ranges; range++) {
      long at = (first + range * split.columns) * Double.BYTES;
      BlockKernels.addWide(sums + first * Double.BYTES, sums + at, split.columns);
      BlockKernels.addWide(products + first * Double.BYTES, products + at, split.columns);
    }
    long width = split.columns / split.groups;
    for (long group = 0; group < split.groups; group++) {
      mergeSet(batch, group * width, width, first);
    }
  }

  private void mergeSet(long batch, long firstColumn, long width, long first) {
    double low = call.low(set(batch, firstColumn));
    double rstd = call.rstd(set(batch, firstColumn));
    double sumG = 0;
    double sumGc = 0;
    for (long c = firstColumn; c < firstColumn + width; c++) {
      long at = (first + c) * Double.BYTES;
      double sum = Lanes.getWide(sums + at);
      double product = Lanes.getWide(products + at) - low * sum;
      Lanes.setWide(products + at, product);
      if (!call.frozen()) {
        sumG += call.parameters.weight(c) * sum;
        sumGc += call.parameters.weight(c) * product;
      }
    }
    double m = (double) (split.rows * width);
    double slopeOfSet = call.plan.projection(rstd) * rstd * rstd * sumGc / m;
    float offset = (float) ((call.plan.centred() ? sumG / m : 0) - slopeOfSet * low);
    float slope = (float) slopeOfSet;
    for (long c = firstColumn; c < firstColumn + width; c++) {
      long at = (batch * split.columns + c) * F4;
      Lanes.set(offsets + at, -offset);
      Lanes.set(slopes + at, -slope);
    }
  }

  private void propagatePart(int number) {
    int part = split.parts(endBatch) - 1 - number;
    long column = (split.batch(part) * split.columns + split.firstColumn(part)) * F4;
    for (int r = 0; r < split.rowsOf(part); r += ColumnSplit.BLOCK) {
      int some = Math.min(ColumnSplit.BLOCK, split.rowsOf(part) - r);
      long offset =
          split.offset(split.batch(part), split.firstRow(part) + r, split.firstColumn(part));
      propagateBlock(offset, some, split.columnsOf(part), column);
      for (int i = 0; i < some; i++) {
        call.finish(offset + i * split.stride(), split.columnsOf(part));
      }
    }
    call.endPart();
  }

  private void propagateBlock(long offset, int rows, int columns, long column) {
    long x = call.x + offset;
    long dz = call.dz(offset, 0);
    long dx = call.dx + offset;
    long stride = split.stride();
    long terms = centres + column;
    long gap = split.batches * split.columns;
    if (call.frozen()) {
      long nothing = offsets + column;
      ColumnKernels.normalize(dz, dx, stride, rows, columns, nothing, scales + column, nothing);
    } else if (call.streams) {
      StreamingKernels.gradientColumns(x, dz, dx, rows, columns, stride / F4, terms, gap);
    } else {
      ColumnKernels.gradient(x, dz, dx, stride, rows, columns, terms, gap * F4);
    }
  }

  private void addUp() {
    for (long c = 0; c < split.columns; c++) {
      double toWeight = 0;
      double toBias = 0;
      for (long batch = 0; batch < split.batches; batch++) {
        long at = (batch * split.ranges * split.columns + c) * Double.BYTES;
        toWeight += Lanes.getWide(products + at) * call.rstd(set(batch, c));
        toBias += Lanes.getWide(sums + at);
      }
      call.storeGradient(c, toWeight, toBias);
    }
  }
}
