package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.BYTES;
import static dev.panorm.internal.backend.vector.Lanes.FLOATS;
import static dev.panorm.internal.backend.vector.Lanes.broadcast;
import static dev.panorm.internal.backend.vector.Lanes.load;
import static dev.panorm.internal.backend.vector.Lanes.zero;

import dev.panorm.internal.memory.Memory;
import jdk.incubator.vector.FloatVector;

/**
 * Softmax down at most a vector of neighbouring columns at once. Addresses are absolute; step is
 * the distance of rows in bytes. Sums have a second float32 for what the first one's rounding loses
 * (Knuth's exact addition), so that their error does not grow with the number of rows.
 *
 * <p>Between its loops the vectors wait in scratch memory, room for six of them: a vector that
 * crosses a call goes to the Java heap. Rows of fewer columns than a vector has lanes go through
 * there too.
 */
final class SoftmaxColumns {

  private SoftmaxColumns() {}

  /** y = softmax of x, or its logarithm. */
  static void forward(boolean log, long x, long y, int rows, long step, int columns, long room) {
    long max = room + 2 * BYTES;
    long sum = max + BYTES;
    largest(x, rows, step, columns, room, max);
    expSums(x, rows, step, columns, room, max, sum);
    if (log) {
      logs(sum);
      shift(x, y, rows, step, columns, room, max, sum);
    } else {
      divide(x, y, rows, step, columns, room, max, sum);
    }
  }

  /** dx = y · (dy − Σ dy · y), or dy − exp(y) · Σ dy for the logarithm. */
  static void backward(
      boolean log, long y, long dy, long dx, int rows, long step, int columns, long room) {
    long sum = room + 2 * BYTES;
    if (log) {
      sums(dy, rows, step, columns, room, sum);
      logGradient(y, dy, dx, rows, step, columns, room, sum);
    } else {
      dots(y, dy, rows, step, columns, room, sum);
      gradient(y, dy, dx, rows, step, columns, room, sum);
    }
  }

  private static void largest(long x, int rows, long step, int columns, long room, long max) {
    FloatVector m = broadcast(Float.NEGATIVE_INFINITY);
    for (int row = 0; row < rows; row++) {
      m = m.max(load(whole(x + row * step, columns, room)));
    }
    m.intoMemorySegment(Memory.ALL, max, Lanes.ORDER);
  }

  private static void expSums(
      long x, int rows, long step, int columns, long room, long max, long to) {
    FloatVector m = load(max);
    FloatVector sum = zero();
    FloatVector lost = zero();
    for (int row = 0; row < rows; row++) {
      FloatVector e = FloatMath.expOfNegative(load(whole(x + row * step, columns, room)).sub(m));
      FloatVector next = sum.add(e);
      lost = lost.add(rounding(sum, e, next));
      sum = next;
    }
    sum.add(lost).intoMemorySegment(Memory.ALL, to, Lanes.ORDER);
  }

  /** One after the other: the vectors' logarithm is too long to be compiled into this as well. */
  private static void logs(long sums) {
    for (long lane = 0; lane < BYTES; lane += Float.BYTES) {
      Lanes.set(sums + lane, (float) Math.log(Lanes.get(sums + lane)));
    }
  }

  private static void shift(
      long x, long y, int rows, long step, int columns, long room, long max, long logs) {
    FloatVector m = load(max);
    FloatVector logSum = load(logs);
    for (int row = 0; row < rows; row++) {
      FloatVector v = load(whole(x + row * step, columns, room)).sub(m).sub(logSum);
      v.intoMemorySegment(Memory.ALL, target(y + row * step, columns, room), Lanes.ORDER);
      deliver(y + row * step, columns, room);
    }
  }

  private static void divide(
      long x, long y, int rows, long step, int columns, long room, long max, long sum) {
    FloatVector m = load(max);
    FloatVector s = load(sum);
    for (int row = 0; row < rows; row++) {
      FloatVector e = FloatMath.expOfNegative(load(whole(x + row * step, columns, room)).sub(m));
      e.div(s).intoMemorySegment(Memory.ALL, target(y + row * step, columns, room), Lanes.ORDER);
      deliver(y + row * step, columns, room);
    }
  }

  private static void sums(long dy, int rows, long step, int columns, long room, long to) {
    FloatVector sum = zero();
    FloatVector lost = zero();
    for (int row = 0; row < rows; row++) {
      FloatVector term = load(whole(dy + row * step, columns, room));
      FloatVector next = sum.add(term);
      lost = lost.add(rounding(sum, term, next));
      sum = next;
    }
    sum.add(lost).intoMemorySegment(Memory.ALL, to, Lanes.ORDER);
  }

  private static void dots(long y, long dy, int rows, long step, int columns, long room, long to) {
    FloatVector sum = zero();
    FloatVector lost = zero();
    for (int row = 0; row < rows; row++) {
      FloatVector g = load(whole(dy + row * step, columns, room));
      FloatVector term = g.mul(load(whole(y + row * step, columns, room + BYTES)));
      FloatVector next = sum.add(term);
      lost = lost.add(rounding(sum, term, next));
      sum = next;
    }
    sum.add(lost).intoMemorySegment(Memory.ALL, to, Lanes.ORDER);
  }

  private static void gradient(
      long y, long dy, long dx, int rows, long step, int columns, long room, long sum) {
    FloatVector s = load(sum);
    for (int row = 0; row < rows; row++) {
      FloatVector g = load(whole(dy + row * step, columns, room)).sub(s);
      g.mul(load(whole(y + row * step, columns, room + BYTES)))
          .intoMemorySegment(Memory.ALL, target(dx + row * step, columns, room), Lanes.ORDER);
      deliver(dx + row * step, columns, room);
    }
  }

  private static void logGradient(
      long y, long dy, long dx, int rows, long step, int columns, long room, long sum) {
    FloatVector s = load(sum);
    for (int row = 0; row < rows; row++) {
      FloatVector e = FloatMath.exp(load(whole(y + row * step, columns, room + BYTES)));
      load(whole(dy + row * step, columns, room))
          .sub(e.mul(s))
          .intoMemorySegment(Memory.ALL, target(dx + row * step, columns, room), Lanes.ORDER);
      deliver(dx + row * step, columns, room);
    }
  }

  /** Returns where a row can be read as a whole vector: where it is, or in scratch memory. */
  private static long whole(long at, int columns, long room) {
    if (columns == FLOATS) {
      return at;
    }
    Lanes.copyFew(at, room, columns);
    return room;
  }

  /** Returns where a row can be written as a whole vector. */
  private static long target(long at, int columns, long room) {
    return columns == FLOATS ? at : room;
  }

  /** Takes a row that was written in scratch memory to its place. */
  private static void deliver(long to, int columns, long room) {
    if (columns < FLOATS) {
      Lanes.copyFew(room, to, columns);
    }
  }

  /** What a + b loses where it is rounded to sum. */
  private static FloatVector rounding(FloatVector a, FloatVector b, FloatVector sum) {
    FloatVector ofB = sum.sub(a);
    FloatVector ofA = sum.sub(ofB);
    return a.sub(ofA).add(b.sub(ofB));
  }
}
