package dev.panorm.internal.backend.vector;

import dev.panorm.backend.ReducePlan;
import dev.panorm.backend.Reduction;
import dev.panorm.internal.parallel.WorkerPool;

/**
 * One reduction. The elements of each result are cut into blocks of about {@link Partition#GRAIN};
 * a table holds what each block gives, in float64, and the calling thread puts the blocks together
 * in order. The object serves the next call of its thread.
 */
final class ReduceTask implements WorkerPool.PartTask {

  private static final long F4 = Float.BYTES;
  private static final long F8 = Double.BYTES;

  /** Rows that are taken into the columns' sums at a time: few enough to stay in a cache. */
  private static final int ROWS = 16;

  private final Loan loan = new Loan();
  private ReduceLoop loop = ReduceLoop.of(Reduction.SUM);
  private ReducePlan plan = new ReducePlan(1, 1, 1, false);
  private boolean columns;
  private long x;
  private long table;

  /** Items (rows of columns, runs of a channel, elements of a row) that make a block. */
  private long blockItems;

  private long items;
  private long blocks;
  private long units;
  private long unitsPerPart;

  /** Distance of a unit's results from those of the next, in float64s. */
  private long width;

  void run(Reduction function, ReducePlan shape, long from, long to) {
    loop = ReduceLoop.of(function);
    plan = shape;
    x = from;
    columns = !shape.keepMid() && shape.inner() > 1;
    items = shape.keepMid() ? shape.outer() : shape.mid();
    long itemSize = shape.keepMid() || columns ? shape.inner() : 1;
    blockItems = Math.max(1, Partition.GRAIN / itemSize);
    blocks = (items + blockItems - 1) / blockItems;
    width = columns ? roundUp(shape.inner()) : 1;
    units = (columns ? shape.outer() : shape.results()) * blocks;
    unitsPerPart = Partition.itemsPerPart(Math.min(items, blockItems) * itemSize);
    table = loan.take(units * width * F8);
    try {
      WorkerPool.shared().run(Partition.parts(units, unitsPerPart), this);
      double divisor = function == Reduction.MEAN ? shape.perResult() : 1;
      for (long result = 0; result < shape.results(); result++) {
        Lanes.set(to + result * F4, (float) (merged(result) / divisor));
      }
    } finally {
      loan.end();
    }
  }

  private static long roundUp(long count) {
    return (count + Lanes.FLOATS - 1) / Lanes.FLOATS * Lanes.FLOATS;
  }

  private double merged(long result) {
    long inner = columns ? plan.inner() : 1;
    long at = table + (result / inner * blocks * width + result % inner) * F8;
    double value = loop.identity();
    for (long block = 0; block < blocks; block++) {
      value = loop.merge(value, Lanes.getWide(at + block * width * F8));
    }
    return value;
  }

  @Override
  public void run(int part) {
    long from = part * unitsPerPart;
    long to = Math.min(units, from + unitsPerPart);
    for (long unit = from; unit < to; unit++) {
      long first = unit % blocks * blockItems;
      long count = Math.min(blockItems, items - first);
      long set = unit / blocks;
      long result = table + unit * width * F8;
      if (columns) {
        columns(x + (set * items + first) * plan.inner() * F4, count, result);
      } else if (plan.keepMid()) {
        Lanes.setWide(result, channel(set, first, count));
      } else {
        Lanes.setWide(result, pieces(x + (set * items + first) * F4, count));
      }
    }
  }

  private void columns(long at, long rows, long sums) {
    for (long i = 0; i < width; i++) {
      Lanes.setWide(sums + i * F8, loop.identity());
    }
    long rowBytes = plan.inner() * F4;
    for (long column = 0; column < plan.inner(); column += Partition.PIECE) {
      int length = (int) Math.min(Partition.PIECE, plan.inner() - column);
      for (long row = 0; row < rows; row += ROWS) {
        int some = (int) Math.min(ROWS, rows - row);
        loop.columns(at + row * rowBytes + column * F4, rowBytes, some, length, sums + column * F8);
      }
    }
  }

  private double channel(long channel, long first, long count) {
    double value = loop.identity();
    for (long o = first; o < first + count; o++) {
      value =
          loop.merge(
              value, pieces(x + (o * plan.mid() + channel) * plan.inner() * F4, plan.inner()));
    }
    return value;
  }

  private double pieces(long at, long length) {
    long scratch = Scratch.get().table();
    double value = loop.identity();
    for (long i = 0; i < length; i += Partition.PIECE) {
      value =
          loop.merge(
              value, loop.run(at + i * F4, (int) Math.min(Partition.PIECE, length - i), scratch));
    }
    return value;
  }
}
