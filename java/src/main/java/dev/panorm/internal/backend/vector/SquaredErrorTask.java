package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.FLOATS;
import static dev.panorm.internal.backend.vector.Lanes.first;
import static dev.panorm.internal.backend.vector.Lanes.load;

import dev.panorm.internal.parallel.WorkerPool;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The sum of squared differences, cut into parts of equal length that are added up in order. The
 * object serves the next call of its thread.
 */
final class SquaredErrorTask implements WorkerPool.PartTask {

  private static final long F4 = Float.BYTES;
  private static final long F8 = Double.BYTES;

  private final Loan loan = new Loan();
  private long x;
  private long target;
  private long elements;
  private long sums;

  double sum(long left, long right, long length) {
    x = left;
    target = right;
    elements = length;
    int parts = Partition.parts(length, Partition.GRAIN);
    sums = loan.take(parts * F8);
    try {
      WorkerPool.shared().run(parts, this);
      double sum = 0;
      for (int part = 0; part < parts; part++) {
        sum += Lanes.getWide(sums + part * F8);
      }
      return sum;
    } finally {
      loan.end();
    }
  }

  @Override
  public void run(int part) {
    long from = part * Partition.GRAIN;
    int length = (int) Math.min(Partition.GRAIN, elements - from);
    long at = from * F4;
    Lanes.setWide(sums + part * F8, part(x + at, target + at, length, Scratch.get().table()));
  }

  private static double part(long a, long b, int length, long scratch) {
    DoubleVector low = DoubleVector.zero(Lanes.D);
    DoubleVector high = low;
    for (int i = 0; i < length; i += FLOATS) {
      var m = first(length - i);
      FloatVector d = load(a + i * F4, m).sub(load(b + i * F4, m));
      DoubleVector l = (DoubleVector) d.convertShape(VectorOperators.F2D, Lanes.D, 0);
      DoubleVector h = (DoubleVector) d.convertShape(VectorOperators.F2D, Lanes.D, 1);
      low = l.fma(l, low);
      high = h.fma(h, high);
    }
    Lanes.store(low.add(high), scratch);
    double sum = 0;
    for (int lane = 0; lane < Lanes.DOUBLES; lane++) {
      sum += Lanes.getWide(scratch + lane * F8);
    }
    return sum;
  }
}
