package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.FLOATS;
import static dev.panorm.internal.backend.vector.Lanes.bound;
import static dev.panorm.internal.backend.vector.Lanes.first;
import static dev.panorm.internal.backend.vector.Lanes.load;
import static dev.panorm.internal.backend.vector.Lanes.loadWide;
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

  private static final long F4 = Float.BYTES;

  @Override
  public double run(long x, int length, long scratch) {
    DoubleVector r0 = DoubleVector.broadcast(Lanes.D, F.identity());
    DoubleVector r1 = r0;
    DoubleVector r2 = r0;
    DoubleVector r3 = r0;
    int pairs = length & -(2 * FLOATS);
    int i = 0;
    for (; i < pairs; i += 2 * FLOATS) {
      FloatVector v = load(x + i * F4);
      FloatVector w = load(x + i * F4 + Lanes.BYTES);
      r0 = F.step(r0, low(v));
      r1 = F.step(r1, high(v));
      r2 = F.step(r2, low(w));
      r3 = F.step(r3, high(w));
    }
    for (; i < length; i += FLOATS) {
      VectorMask<Float> m = first(length - i);
      FloatVector v = load(x + i * F4, m).blend(F.identity(), m.not());
      r0 = F.step(r0, low(v));
      r1 = F.step(r1, high(v));
    }
    store(r0, scratch);
    store(r1, scratch + Lanes.BYTES);
    store(r2, scratch + 2L * Lanes.BYTES);
    store(r3, scratch + 3L * Lanes.BYTES);
    double result = F.identity();
    for (int lane = 0; lane < 4 * Lanes.DOUBLES; lane++) {
      result = F.merge(result, Lanes.getWide(scratch + lane * (long) Double.BYTES));
    }
    return result;
  }

  @Override
  public void columns(long x, long rowBytes, int rows, int columns, long sums) {
    int full = bound(columns);
    for (int i = 0; i < full; i += FLOATS) {
      long at = sums + i * (2 * F4);
      DoubleVector r0 = loadWide(at);
      DoubleVector r1 = loadWide(at + Lanes.BYTES);
      for (int row = 0; row < rows; row++) {
        FloatVector v = load(x + row * rowBytes + i * F4);
        r0 = F.step(r0, low(v));
        r1 = F.step(r1, high(v));
      }
      store(r0, at);
      store(r1, at + Lanes.BYTES);
    }
    if (full < columns) {
      VectorMask<Float> m = first(columns - full);
      long at = sums + full * (2 * F4);
      DoubleVector r0 = loadWide(at);
      DoubleVector r1 = loadWide(at + Lanes.BYTES);
      for (int row = 0; row < rows; row++) {
        FloatVector v = load(x + row * rowBytes + full * F4, m);
        r0 = F.step(r0, low(v));
        r1 = F.step(r1, high(v));
      }
      store(r0, at);
      store(r1, at + Lanes.BYTES);
    }
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
