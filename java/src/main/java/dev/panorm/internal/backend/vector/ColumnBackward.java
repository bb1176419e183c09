package dev.panorm.internal.backend.vector;

import dev.panorm.internal.backend.vector.ColumnSplit.Part;
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
  private long highs;

  private long lows;
  private long weights;
  private long offsets;
  private long slopes;
  private long rstds;

  /** rstd · weight. */
  private long scales;

  private long blocks;

  ColumnBackward(BackwardCall call) {
    this.call = call;
  }

  void run() {
    split.bind(call.plan);
    long partials = split.batches * split.ranges * split.columns;
    long results = split.batches * split.columns;
    sums = loan.take(partials * 2 * Double.BYTES + results * 7 * F4);
    products = sums + partials * Double.BYTES;
    highs = products + partials * Double.BYTES;
    lows = highs + results * F4;
    weights = lows + results * F4;
    offsets = weights + results * F4;
    slopes = offsets + results * F4;
    rstds = slopes + results * F4;
    scales = rstds + results * F4;
    try {
      bindStatistics();
      blocks = call.activated() ? temporaries.take(split.parts() * blockBytes() * 2) : 0;
      WorkerPool.shared().run(split.parts(), sumParts);
      WorkerPool.shared().run(Math.toIntExact(split.batches), mergeBatches);
      if (call.dx != 0) {
        WorkerPool.shared().run(split.parts(), propagateParts);
      }
      if (call.wantsParameters()) {
        addUp();
      }
    } finally {
      loan.end();
      temporaries.end();
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
        Lanes.set(highs + at, call.high(set));
        Lanes.set(lows + at, call.low(set));
        Lanes.set(weights + at, call.parameters.weight(c));
        Lanes.set(rstds + at, call.rstd(set));
        Lanes.set(scales + at, call.rstd(set) * call.parameters.weight(c));
      }
    }
  }

  private void sumPart(int number) {
    Part p = split.at(number);
    BlockKernels.fill(Scratch.get().first(), p.columns(), 0);
    BlockKernels.fill(Scratch.get().second(), p.columns(), 0);
    long partial = split.partial(p) * Double.BYTES;
    BlockKernels.zeroWide(sums + partial, p.columns());
    BlockKernels.zeroWide(products + partial, p.columns());
    for (int r = 0; r < p.rows(); r += ColumnSplit.BLOCK) {
      int some = Math.min(ColumnSplit.BLOCK, p.rows() - r);
      sumBlock(number, p, p.firstRow() + r, some, partial);
    }
  }

  private void sumBlock(int number, Part p, long row, int some, long partial) {
    long offset = split.offset(p.batch(), row, p.firstColumn());
    long column = (p.batch() * split.columns + p.firstColumn()) * F4;
    long z = blocks + number * blockBytes() * 2;
    long spare = z + blockBytes();
    Scratch scratch = Scratch.get();
    if (call.activated()) {
      ColumnKernels.normalize(
          call.x + offset,
          z,
          split.stride(),
          split.stride(),
          some,
          p.columns(),
          highs + column,
          lows + column,
          scales + column,
          call.parameters.biases() + p.firstColumn() * F4);
      for (int r = 0; r < some; r++) {
        long at = r * split.stride();
        call.differentiate(offset + at, z + at, spare + at, p.columns());
      }
    }
    ColumnKernels.gradientSums(
        call.x + offset,
        call.dz(offset, spare),
        split.stride(),
        split.stride(),
        some,
        p.columns(),
        highs + column,
        lows + column,
        scratch.first(),
        scratch.second());
    BlockKernels.flush(scratch.first(), sums + partial, p.columns());
    BlockKernels.flush(scratch.second(), products + partial, p.columns());
    for (int r = 0; r < some; r++) {
      call.passOn(offset + r * split.stride(), p.columns());
    }
  }

  private void mergeBatch(int batch) {
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
    double sumG = 0;
    double sumGc = 0;
    for (long c = firstColumn; c < firstColumn + width && !call.frozen(); c++) {
      double weight = call.parameters.weight(c);
      sumG += weight * Lanes.getWide(sums + (first + c) * Double.BYTES);
      sumGc += weight * Lanes.getWide(products + (first + c) * Double.BYTES);
    }
    double rstd = call.rstd(set(batch, firstColumn));
    double m = (double) (split.rows * width);
    float offset = (float) (call.plan.centred() ? sumG / m : 0);
    float slope = (float) (call.plan.projection(rstd) * rstd * rstd * sumGc / m);
    for (long c = firstColumn; c < firstColumn + width; c++) {
      long at = (batch * split.columns + c) * F4;
      Lanes.set(offsets + at, -offset);
      Lanes.set(slopes + at, -slope);
    }
  }

  private void propagatePart(int number) {
    Part p = split.at(number);
    long column = (p.batch() * split.columns + p.firstColumn()) * F4;
    for (int r = 0; r < p.rows(); r += ColumnSplit.BLOCK) {
      int some = Math.min(ColumnSplit.BLOCK, p.rows() - r);
      long offset = split.offset(p.batch(), p.firstRow() + r, p.firstColumn());
      propagateBlock(offset, some, p.columns(), column);
      for (int i = 0; i < some; i++) {
        call.finish(offset + i * split.stride(), p.columns());
      }
    }
  }

  private void propagateBlock(long offset, int rows, int columns, long column) {
    if (call.frozen()) {
      ColumnKernels.normalize(
          call.dz(offset, 0),
          call.dx + offset,
          split.stride(),
          split.stride(),
          rows,
          columns,
          offsets + column,
          offsets + column,
          scales + column,
          offsets + column);
    } else {
      ColumnKernels.gradient(
          call.x + offset,
          call.dz(offset, 0),
          call.dx + offset,
          split.stride(),
          rows,
          columns,
          highs + column,
          split.batches * split.columns * F4);
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
