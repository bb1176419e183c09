package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.first;
import static dev.panorm.internal.backend.vector.Lanes.load;
import static dev.panorm.internal.backend.vector.Lanes.loadWide;
import static dev.panorm.internal.backend.vector.Lanes.loadWidened;
import static dev.panorm.internal.backend.vector.Lanes.store;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** The loops of {@link ReduceLoop}, loaded once for each function by {@link Specialized}. */
final class ReduceLoopTemplate implements ReduceLoop {

  private static final ReduceFunction F =
      Specialized.constant(MethodHandles.lookup(), ReduceFunction.class);

  private static final long HALF = Lanes.BYTES / 2;

  @Override
  public double run(long x, int length, long scratch) {
    DoubleVector r0 = DoubleVector.broadcast(Lanes.D, F.identity());
    DoubleVector r1 = r0;
    DoubleVector r2 = r0;
    DoubleVector r3 = r0;
    long full = Lanes.fullBytes(length, 2);
    for (long i = 0; i < full; i += 2 * Lanes.BYTES) {
      r0 = F.step(r0, loadWidened(x + i));
      r1 = F.step(r1, loadWidened(x + i + HALF));
      r2 = F.step(r2, loadWidened(x + i + Lanes.BYTES));
      r3 = F.step(r3, loadWidened(x + i + Lanes.BYTES + HALF));
    }
    int rest = Lanes.rest(length, full);
    for (long i = full; rest > 0; i += Lanes.BYTES, rest -= Lanes.FLOATS) {
      VectorMask<Float> m = first(rest);
      FloatVector v = load(x + i, m).blend(F.identity(), m.not());
      r0 = F.step(r0, low(v));
      r1 = F.step(r1, high(v));
    }
    store(r0, scratch);
    store(r1, scratch + Lanes.BYTES);
    store(r2, scratch + 2 * Lanes.BYTES);
    store(r3, scratch + 3 * Lanes.BYTES);
    double result = F.identity();
    for (int lane = 0; lane < 4 * Lanes.DOUBLES; lane++) {
      result = F.merge(result, Lanes.getWide(scratch + lane * (long) Double.BYTES));
    }
    return result;
  }

  @Override
  public void columns(long x, long rowBytes, int rows, int columns, long sums) {
    long full = Lanes.fullBytes(columns, 1);
    for (long i = 0; i < full; i += Lanes.BYTES) {
      DoubleVector r0 = loadWide(sums + 2 * i);
      DoubleVector r1 = loadWide(sums + 2 * i + Lanes.BYTES);
      long at = x + i;
      for (int row = 0; row < rows; row++, at += rowBytes) {
        r0 = F.step(r0, loadWidened(at));
        r1 = F.step(r1, loadWidened(at + HALF));
      }
      store(r0, sums + 2 * i);
      store(r1, sums + 2 * i + Lanes.BYTES);
    }
    int rest = Lanes.rest(columns, full);
    if (rest > 0) {
      lastColumns(x + full, rowBytes, rows, first(rest), sums + 2 * full);
    }
  }

  private static void lastColumns(
      long x, long rowBytes, int rows, VectorMask<Float> mask, long sums) {
    DoubleVector r0 = loadWide(sums);
    DoubleVector r1 = loadWide(sums + Lanes.BYTES);
    for (int row = 0; row < rows; row++) {
      FloatVector v = load(x + row * rowBytes, mask);
      r0 = F.step(r0, low(v));
      r1 = F.step(r1, high(v));
    }
    store(r0, sums);
    store(r1, sums + Lanes.BYTES);
  }

  @Override
  public double identity() {
    return F.identity();
  }

  @Override
  public double merge(double a, double b) {
    return F.merge(a, b);
  }

  private static DoubleVector low(FloatVector v) {
    return (DoubleVector) v.convertShape(VectorOperators.F2D, Lanes.D, 0);
  }

  private static DoubleVector high(FloatVector v) {
    return (DoubleVector) v.convertShape(VectorOperators.F2D, Lanes.D, 1);
  }
}
