package dev.panorm.internal.backend.vector;

import dev.panorm.ffi.streaming.StreamingKernels;
import dev.panorm.internal.parallel.WorkerPool;

/**
 * Backward of rows: LayerNorm and RMSNorm.
 *
 * <p>A row is read twice, once for its own sums and its share of the gradients of weight and bias,
 * and once, from the cache, for dx. Long rows whose dx streams are taken a few at a time, and the
 * gradients of weight and bias are added up with dx: their sums would not stay in the first-level
 * cache for a whole row. Each part has float64 sums of its own for the columns, added up in order
 * at the end.
 */
final class RowBackward implements WorkerPool.PartTask {

  private static final long F4 = Float.BYTES;

  /** After so many rows the columns' float32 sums go to the float64 ones. */
  private static final int ROWS_TO_FLUSH = 64;

  /** Most rows of a block; a power of two and so a divisor of {@link #ROWS_TO_FLUSH}. */
  private static final int BLOCK = 8;

  /** More parts would cost more in column sums than more threads could win. */
  private static final int MOST_PARTS = 32;

  private final BackwardCall call;
  private final Loan partials = new Loan();
  private final Loan temporaries = new Loan();

  private long rows;
  private long rowsPerPart;
  private long length;
  private boolean blocks;
  private boolean compiled;
  private int rowsAtOnce;
  private long columnSums;
  private long spares;

  RowBackward(BackwardCall call) {
    this.call = call;
  }

  void run() {
    rows = call.plan.outer();
    length = call.plan.channels();
    rowsPerPart = Math.max(Partition.itemsPerPart(length), (rows + MOST_PARTS - 1) / MOST_PARTS);
    int parts = Partition.parts(rows, rowsPerPart);
    try {
      columnSums = call.wantsParameters() ? partials.take(parts * sumsBytes()) : 0;
      spares = call.activated() ? temporaries.take(parts * spareBytes()) : 0;
      compiled = columnSums != 0 && call.bare() && Streaming.hasRows(call.plan);
      blocks = compiled && call.streams && Streaming.addsUp(length);
      rowsAtOnce = blocks ? together(BLOCK) : compiled ? together(ROWS_TO_FLUSH) : 1;
      WorkerPool.shared().run(parts, this);
      if (columnSums != 0) {
        addUp(parts);
      }
    } finally {
      partials.end();
      temporaries.end();
    }
  }

  /** Returns how many rows one call takes, a power of two. */
  private int together(int most) {
    return Integer.highestOneBit(Math.clamp(Partition.PIECE / length, 1, most));
  }

  /** float64 and float32 sums for weight and bias. */
  private long sumsBytes() {
    return 2 * length * (Double.BYTES + F4);
  }

  private long shortSums(int part) {
    return columnSums + part * sumsBytes() + 2 * length * Double.BYTES;
  }

  /** Room for a row's z, and for its dz that is wanted nowhere. */
  private long spareBytes() {
    return 2 * length * F4;
  }

  @Override
  public void run(int part) {
    if (columnSums != 0) {
      BlockKernels.zeroWide(columnSums + part * sumsBytes(), 2 * length);
      Runs.fill(0, shortSums(part), 2 * length);
    }
    long begin = part * rowsPerPart;
    long end = Math.min(rows, begin + rowsPerPart);
    for (long row = begin; row < end; row += rowsAtOnce) {
      long next = Math.min(end, row + rowsAtOnce);
      if (blocks) {
        block(part, row, next);
      } else if (compiled) {
        differentiate(part, row, next);
      } else {
        row(part, row);
      }
      if (columnSums != 0 && ((next - begin) % ROWS_TO_FLUSH == 0 || next == end)) {
        BlockKernels.flush(shortSums(part), columnSums + part * sumsBytes(), 2 * length);
      }
    }
    call.endPart();
  }

  private void differentiate(int part, long begin, long end) {
    long at = begin * length * F4;
    long dweight = shortSums(part);
    StreamingKernels.differentiateRows(
        call.x + at,
        call.dz(at, 0),
        call.dx + at,
        end - begin,
        length,
        call.parameters.weights(),
        call.mean(begin),
        call.meanLow(begin),
        call.savedRstd(begin),
        call.plan.centred(),
        dweight,
        dweight + length * F4,
        call.streams);
  }

  private void block(int part, long begin, long end) {
    Scratch scratch = Scratch.get();
    for (long row = begin; row < end; row++) {
      RowTerms terms = scratch.rowTerms;
      terms.of(call, row);
      long sums = scratch.clearedSums();
      for (long i = 0; i < length; i += Scratch.CHUNK) {
        long some = Math.min(Scratch.CHUNK, length - i);
        long at = (row * length + i) * F4;
        long weight = call.parameters.weights() + i * F4;
        StreamingKernels.gradientSums(
            call.x + at, call.dz(at, 0), some, weight, terms.centre, sums);
      }
      terms.take(call.plan, sums, length);
      terms.store(scratch.table() + (row - begin) * RowTerms.BYTES);
    }
    long at = begin * length * F4;
    long dweight = shortSums(part);
    StreamingKernels.gradientRows(
        call.x + at,
        call.dz(at, 0),
        call.dx + at,
        end - begin,
        length,
        call.parameters.weights(),
        scratch.table(),
        dweight,
        dweight + length * F4);
  }

  private void row(int part, long row) {
    long offset = row * length * F4;
    long z = spares + part * spareBytes();
    long spare = z + length * F4;
    Scratch scratch = Scratch.get();
    RowTerms terms = scratch.rowTerms;
    terms.of(call, row);
    long sums = scratch.clearedSums();
    for (long i = 0; i < length; i += Scratch.CHUNK) {
      int some = (int) Math.min(Scratch.CHUNK, length - i);
      if (call.activated()) {
        differentiate(terms, offset + i * F4, i, some, z + i * F4, spare + i * F4);
      }
      sums(terms, part, offset + i * F4, i, some, spare, sums);
      call.passOn(offset + i * F4, some);
    }
    if (call.dx != 0) {
      terms.take(call.plan, sums, length);
      propagate(terms, offset, spare);
    }
  }

  private void differentiate(RowTerms t, long at, long i, int some, long z, long spare) {
    long weight = call.parameters.weights() + i * F4;
    long bias = call.parameters.givenBias(i);
    RowKernels.normalize(call.x + at, z, some, weight, bias, t.centre, t.rstd, t.shift);
    call.differentiate(at, z, spare, some);
  }

  private void sums(RowTerms t, int part, long at, long i, int some, long spare, long sums) {
    long x = call.x + at;
    long dz = call.dz(at, spare + i * F4);
    long weight = call.parameters.weights() + i * F4;
    if (columnSums == 0) {
      RowKernels.gradientSums(x, dz, weight, some, t.centre, sums);
    } else {
      long dweight = shortSums(part) + i * F4;
      long dbias = dweight + length * F4;
      RowKernels.allSums(x, dz, weight, some, t.centre, t.rstd, t.shift, dweight, dbias, sums);
    }
  }

  private void propagate(RowTerms t, long offset, long spare) {
    for (long i = 0; i < length; i += Partition.PIECE) {
      int some = (int) Math.min(Partition.PIECE, length - i);
      long at = offset + i * F4;
      long x = call.x + at;
      long dz = call.dz(at, spare + i * F4);
      long dx = call.dx + at;
      if (call.streams) {
        long weight = call.parameters.weights() + i * F4;
        StreamingKernels.gradientRow(x, dz, dx, some, weight, t.centre, t.rstd, t.offset, t.slope);
      } else {
        long weight = call.parameters.givenWeight(i);
        RowKernels.gradient(x, dz, weight, dx, some, t.centre, t.rstd, t.offset, t.slope);
        call.finish(at, some);
      }
    }
  }

  private void addUp(int parts) {
    for (int part = 1; part < parts; part++) {
      BlockKernels.addWide(columnSums, columnSums + part * sumsBytes(), 2 * length);
    }
    for (long c = 0; c < length; c++) {
      long weightSum = columnSums + c * Double.BYTES;
      call.storeGradient(
          c, Lanes.getWide(weightSum), Lanes.getWide(weightSum + length * Double.BYTES));
    }
  }
}
