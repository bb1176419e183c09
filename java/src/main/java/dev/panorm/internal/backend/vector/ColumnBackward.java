package dev.panorm.internal.backend.vector;

import dev.panorm.Activation;
import dev.panorm.ffi.streaming.StreamingColumns;
import dev.panorm.internal.parallel.WorkerPool;

/**
 * Backward of channels-last data, in steps as {@link ColumnForward}: sums of every part's columns,
 * what dx needs of every column, and dx.
 */
final class ColumnBackward {

  private static final long F4 = Float.BYTES;
  private static final long F8 = Double.BYTES;

  private final BackwardCall call;
  private final ColumnSplit split = new ColumnSplit();
  private final Loan loan = new Loan();
  private final WorkerPool.PartTask bindBlocks = this::bindBlock;
  private final WorkerPool.PartTask sumParts = this::sumPart;
  private final WorkerPool.PartTask settleBlocks = this::settleBlock;
  private final WorkerPool.PartTask propagateParts = this::propagatePart;
  private final WorkerPool.PartTask addUpBlocks = this::addUpBlock;
  private final WorkerPool.PartTask wholeParts = this::wholePart;

  /** Σ dz and Σ dz · c of each column of each range, float64; then of each batch. */
  private long sums;

  private long products;

  /** What dx needs of each column of each batch, float32. */
  private long centres;

  private long weights;
  private long offsets;
  private long slopes;
  private long rstds;

  /** What z needs besides. */
  private long scales;

  private long shifts;

  /** Whether what is added up comes from memory. */
  private boolean far;

  /** The batches at hand. */
  private long firstBatch;

  private long endBatch;

  ColumnBackward(BackwardCall call) {
    this.call = call;
  }

  void run() {
    split.bind(call.plan, true);
    far = Streaming.servesGradient(call.plan.elements());
    long partials = split.batches * split.ranges * split.columns;
    long gap = split.gap();
    centres = loan.take(7 * gap + partials * 2 * F8);
    weights = centres + gap;
    offsets = weights + gap;
    slopes = offsets + gap;
    rstds = slopes + gap;
    scales = rstds + gap;
    shifts = scales + gap;
    sums = shifts + gap;
    products = sums + partials * F8;
    try {
      for (firstBatch = 0; firstBatch < split.batches; firstBatch = endBatch) {
        endBatch = Math.min(split.batches, firstBatch + split.batchesAtOnce(2));
        if (split.whole) {
          WorkerPool.shared().run(split.parts(endBatch - firstBatch), wholeParts);
        } else {
          runBatches();
        }
      }
      if (call.wantsParameters()) {
        WorkerPool.shared().run((int) split.blocks, addUpBlocks);
      }
    } finally {
      loan.end();
    }
  }

  private void runBatches() {
    long batches = endBatch - firstBatch;
    int blocks = (int) (batches * split.blocks);
    int parts = split.parts(batches);
    WorkerPool.shared().run(blocks, bindBlocks);
    WorkerPool.shared().run(parts, sumParts);
    WorkerPool.shared().run(blocks, settleBlocks);
    if (call.dx != 0) {
      WorkerPool.shared().run(parts, propagateParts);
    }
  }

  /** A part that is a block, from the first step to the last. */
  private void wholePart(int number) {
    bindBlock(number);
    sumPart(number);
    settleBlock(number);
    if (call.dx != 0) {
      propagate(split.parts(firstBatch) + number);
    }
  }

  private long batch(int block) {
    return firstBatch + block / split.blocks;
  }

  private void bindBlock(int block) {
    for (long group = split.firstGroup(block); group < split.endGroup(block); group++) {
      long set = batch(block) * split.groups + group;
      float high = call.high(set);
      float rstd = call.rstd(set);
      double low = call.low(set);
      for (long c = group * split.width; c < (group + 1) * split.width; c++) {
        long at = (batch(block) * split.columns + c) * F4;
        float weight = call.parameters.weight(c);
        float scale = rstd * weight;
        Lanes.set(centres + at, high);
        Lanes.set(weights + at, weight);
        Lanes.set(rstds + at, rstd);
        Lanes.set(scales + at, scale);
        Lanes.set(shifts + at, (float) (call.parameters.bias(c) - low * scale));
      }
    }
  }

  private void sumPart(int number) {
    int part = split.parts(firstBatch) + number;
    int columns = split.columnsOf(part);
    long partial = split.partial(part) * F8;
    BlockKernels.zeroWide(sums + partial, columns);
    BlockKernels.zeroWide(products + partial, columns);
    if (Streaming.AVAILABLE && !call.prepares()) {
      sumAtOnce(part, sums + partial, products + partial);
    } else {
      sumBlocks(part, partial);
    }
  }

  /** What {@link #sumBlocks} does, in one call of C. */
  private void sumAtOnce(int part, long toSums, long toProducts) {
    long column = column(part);
    long offset = split.offset(split.batch(part), split.firstRow(part), split.firstColumn(part));
    StreamingColumns.gradientSumsOfPart(
        call.x + offset,
        call.dz(offset),
        split.rowsOf(part),
        split.columnsOf(part),
        split.stride() / F4,
        centres + column,
        call.gated ? scales + column : 0,
        call.gated ? shifts + column : 0,
        toSums,
        toProducts,
        far);
  }

  private void sumBlocks(int part, long partial) {
    int columns = split.columnsOf(part);
    long toSums = Scratch.get().first();
    long toProducts = Scratch.get().second();
    for (int r = 0; r < split.rowsOf(part); r += ColumnSplit.BLOCK) {
      int end = Math.min(split.rowsOf(part), r + ColumnSplit.BLOCK);
      Runs.fill(0, toSums, columns);
      Runs.fill(0, toProducts, columns);
      sumRows(part, r, end);
      BlockKernels.addNarrow(toSums, sums + partial, columns);
      BlockKernels.addNarrow(toProducts, products + partial, columns);
    }
  }

  /** Adds up some rows of a part, an activation's gradient before while it stays in a cache. */
  private void sumRows(int part, int begin, int end) {
    int columns = split.columnsOf(part);
    int most = call.rowsAtOnce(ColumnSplit.BLOCK, columns);
    long column = column(part);
    long room = Scratch.get().column(0);
    for (int r = begin; r < end; r += most) {
      int some = Math.min(most, end - r);
      long offset =
          split.offset(split.batch(part), split.firstRow(part) + r, split.firstColumn(part));
      call.prepare(
          offset,
          some,
          split.stride(),
          columns,
          centres + column,
          scales + column,
          shifts + column,
          room);
      gradientSums(call.x + offset, call.dz(offset), some, columns, column);
    }
  }

  private void gradientSums(long x, long dz, int rows, int columns, long column) {
    long stride = split.stride();
    long centre = centres + column;
    long toSums = Scratch.get().first();
    long toProducts = Scratch.get().second();
    long scale = call.gated ? scales + column : 0;
    long shift = call.gated ? shifts + column : 0;
    Columns.gradientSums(
        x, dz, stride, rows, columns, centre, scale, shift, toSums, toProducts, far);
  }

  private void settleBlock(int block) {
    long firstColumn = split.firstGroup(block) * split.width;
    long columns = (split.endGroup(block) - split.firstGroup(block)) * split.width;
    long first = total(batch(block), firstColumn);
    for (long range = 1; range < split.ranges; range++) {
      long at = first + range * split.columns * F8;
      BlockKernels.addWide(sums + first, sums + at, columns);
      BlockKernels.addWide(products + first, products + at, columns);
    }
    for (long group = split.firstGroup(block); group < split.endGroup(block); group++) {
      settle(batch(block), group);
    }
  }

  /** Where the sums of a column over all ranges stand: in the first one. */
  private long total(long batch, long column) {
    return (batch * split.ranges * split.columns + column) * F8;
  }

  private void settle(long batch, long group) {
    long set = batch * split.groups + group;
    double low = call.low(set);
    double rstd = call.rstd(set);
    long begin = group * split.width;
    long end = begin + split.width;
    double sumG = 0;
    double sumGc = 0;
    for (long c = begin; c < end; c++) {
      long at = total(batch, c);
      double sum = Lanes.getWide(sums + at);
      double product = Lanes.getWide(products + at) - low * sum;
      Lanes.setWide(products + at, product);
      if (!call.frozen()) {
        sumG += call.parameters.weight(c) * sum;
        sumGc += call.parameters.weight(c) * product;
      }
    }
    double m = (double) (split.rows * split.width);
    double slope = call.plan.projection(rstd) * rstd * rstd * sumGc / m;
    double offset = (call.plan.centred() ? sumG / m : 0) - slope * low;
    for (long c = begin; c < end; c++) {
      long at = (batch * split.columns + c) * F4;
      Lanes.set(offsets + at, (float) -offset);
      Lanes.set(slopes + at, (float) -slope);
    }
  }

  private void propagatePart(int number) {
    propagate(split.parts(firstBatch) + number);
  }

  /** Where a part's first column stands among those of all batches. */
  private long column(int part) {
    return (split.batch(part) * split.columns + split.firstColumn(part)) * F4;
  }

  private void propagate(int part) {
    long column = column(part);
    int most = split.rowsAtOnce();
    for (int r = 0; r < split.rowsOf(part); r += most) {
      int some = Math.min(most, split.rowsOf(part) - r);
      long offset =
          split.offset(split.batch(part), split.firstRow(part) + r, split.firstColumn(part));
      propagateBlock(offset, some, split.columnsOf(part), column);
      call.finish(offset, some, split.stride(), split.columnsOf(part));
    }
  }

  private void propagateBlock(long offset, int rows, int columns, long column) {
    long x = call.x + offset;
    long dz = call.dz(offset);
    long dx = call.dx + offset;
    long stride = split.stride();
    long terms = centres + column;
    if (call.frozen()) {
      long nothing = offsets + column;
      Columns.normalize(
          dz,
          dx,
          stride,
          rows,
          columns,
          nothing,
          scales + column,
          nothing,
          0,
          Activation.IDENTITY,
          false);
    } else {
      Columns.gradient(
          x, dz, dx, stride, rows, columns, terms, split.gap(), call.gated, call.streams);
    }
  }

  /** Gradients of weight and bias. */
  private void addUpBlock(int block) {
    for (long group = split.firstGroup(block); group < split.endGroup(block); group++) {
      for (long c = group * split.width; c < (group + 1) * split.width; c++) {
        double toWeight = 0;
        double toBias = 0;
        for (long batch = 0; batch < split.batches; batch++) {
          long at = total(batch, c);
          toWeight += Lanes.getWide(products + at) * call.rstd(batch * split.groups + group);
          toBias += Lanes.getWide(sums + at);
        }
        call.storeGradient(c, toWeight, toBias);
      }
    }
  }
}
