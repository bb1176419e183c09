package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.loadWide;
import static dev.panorm.internal.backend.vector.Lanes.loadWidened;

import dev.panorm.internal.memory.Memory;
import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.DoubleVector;

/** The loops of {@link ReduceLoop}, loaded once for each function by {@link Specialized}. */
final class ReduceLoopTemplate implements ReduceLoop {

  private static final ReduceFunction F =
      Specialized.constant(MethodHandles.lookup(), ReduceFunction.class);

  private static final long F4 = Float.BYTES;
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
    if (rest > 0) {
      fillUp(x + full, rest, scratch);
      r0 = F.step(r0, loadWidened(scratch));
      r1 = F.step(r1, loadWidened(scratch + HALF));
      r2 = F.step(r2, loadWidened(scratch + Lanes.BYTES));
      r3 = F.step(r3, loadWidened(scratch + Lanes.BYTES + HALF));
    }
    r0.intoMemorySegment(Memory.ALL, scratch, Lanes.ORDER);
    r1.intoMemorySegment(Memory.ALL, scratch + Lanes.BYTES, Lanes.ORDER);
    r2.intoMemorySegment(Memory.ALL, scratch + 2 * Lanes.BYTES, Lanes.ORDER);
    r3.intoMemorySegment(Memory.ALL, scratch + 3 * Lanes.BYTES, Lanes.ORDER);
    double result = F.identity();
    for (int lane = 0; lane < 4 * Lanes.DOUBLES; lane++) {
      result = F.merge(result, Lanes.getWide(scratch + lane * (long) Double.BYTES));
    }
    return result;
  }

  /** Puts fewer than two vectors of elements into scratch memory, and identities behind them. */
  private static void fillUp(long x, int count, long scratch) {
    Lanes.copyFew(x, scratch, count);
    for (long i = count * F4; i < 2 * Lanes.BYTES; i += F4) {
      Lanes.set(scratch + i, F.identity());
    }
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
      r0.intoMemorySegment(Memory.ALL, sums + 2 * i, Lanes.ORDER);
      r1.intoMemorySegment(Memory.ALL, sums + 2 * i + Lanes.BYTES, Lanes.ORDER);
    }
    int rest = Lanes.rest(columns, full);
    if (rest > 0) {
      lastColumns(x + full, rowBytes, rows, rest, sums + 2 * full);
    }
  }

  /** Through scratch memory; what stands behind the columns there is no matter. */
  private static void lastColumns(long x, long rowBytes, int rows, int columns, long sums) {
    long room = Scratch.get().tail();
    DoubleVector r0 = loadWide(sums);
    DoubleVector r1 = loadWide(sums + Lanes.BYTES);
    for (int row = 0; row < rows; row++) {
      Lanes.copyFew(x + row * rowBytes, room, columns);
      r0 = F.step(r0, loadWidened(room));
      r1 = F.step(r1, loadWidened(room + HALF));
    }
    r0.intoMemorySegment(Memory.ALL, sums, Lanes.ORDER);
    r1.intoMemorySegment(Memory.ALL, sums + Lanes.BYTES, Lanes.ORDER);
  }

  @Override
  public double identity() {
    return F.identity();
  }

  @Override
  public double merge(double a, double b) {
    return F.merge(a, b);
  }
}
