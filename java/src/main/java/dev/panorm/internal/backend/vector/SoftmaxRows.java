package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.BYTES;
import static dev.panorm.internal.backend.vector.Lanes.broadcast;
import static dev.panorm.internal.backend.vector.Lanes.get;
import static dev.panorm.internal.backend.vector.Lanes.load;
import static dev.panorm.internal.backend.vector.Lanes.loadWidened;

import dev.panorm.internal.memory.Memory;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/**
 * Pieces of softmax over contiguous rows. Addresses are absolute, lengths in elements; scratch is
 * room for four vectors. No vector crosses a call at the end of a loop, and no mask is made: either
 * would put vectors on the Java heap.
 */
final class SoftmaxRows {

  private static final long F4 = Float.BYTES;
  private static final long HALF = BYTES / 2;

  /** y = e^(x − p) for x of at most p. */
  private static final MapLoop EXP_BELOW =
      MapLoop.of("exp_below", (x, same, p, q) -> FloatMath.expOfNegative(x.sub(p)));

  /** dx = dy + exp(y) · p. */
  private static final MapLoop LOG_GRADIENT =
      MapLoop.of("log_softmax_gradient", (y, dy, p, q) -> FloatMath.exp(y).fma(p, dy));

  private static final MapLoop GRADIENT =
      MapLoop.of("softmax_gradient", (y, dy, p, q) -> dy.sub(p).mul(y));
  private static final MapLoop SHIFT = MapLoop.of("shift", (x, same, p, q) -> x.sub(p).sub(q));
  private static final MapLoop SCALE = MapLoop.of("scale", (x, same, p, q) -> x.mul(p));

  private SoftmaxRows() {}

  /** Largest element, NaN if one is NaN. */
  static float max(long x, int length, long scratch) {
    FloatVector max = broadcast(Float.NEGATIVE_INFINITY);
    long full = Lanes.fullBytes(length, 1);
    for (long i = 0; i < full; i += BYTES) {
      max = max.max(load(x + i));
    }
    max.intoMemorySegment(Memory.ALL, scratch, Lanes.ORDER);
    float result = Float.NEGATIVE_INFINITY;
    for (long lane = 0; lane < BYTES; lane += F4) {
      result = Math.max(result, get(scratch + lane));
    }
    for (long i = full; i < length * F4; i += F4) {
      result = Math.max(result, get(x + i));
    }
    return result;
  }

  /** Returns Σ exp(x − max) and leaves the terms in y. */
  static double expSum(long x, float max, long y, int length, long scratch) {
    EXP_BELOW.one(x, y, length, max, 0);
    return sum(y, length, scratch);
  }

  /**
   * Returns Σ exp(x − max).
   *
   * @param chunk room for {@link Scratch#CHUNK} terms
   */
  static double expSumOnly(long x, float max, int length, long scratch, long chunk) {
    double sum = 0;
    for (int i = 0; i < length; i += Scratch.CHUNK) {
      sum += expSum(x + i * F4, max, chunk, Math.min(Scratch.CHUNK, length - i), scratch);
    }
    return sum;
  }

  /** y = x · factor; y may be x. */
  static void scale(long x, float factor, long y, int length) {
    SCALE.one(x, y, length, factor, 0);
  }

  /** y = x − max − logSum. */
  static void shift(long x, float max, float logSum, long y, int length) {
    SHIFT.one(x, y, length, max, logSum);
  }

  /** Returns Σ dy · y. */
  static double dot(long y, long dy, int length, long scratch) {
    DoubleVector low = DoubleVector.zero(Lanes.D);
    DoubleVector high = DoubleVector.zero(Lanes.D);
    long full = Lanes.fullBytes(length, 1);
    for (long i = 0; i < full; i += BYTES) {
      low = loadWidened(y + i).fma(loadWidened(dy + i), low);
      high = loadWidened(y + i + HALF).fma(loadWidened(dy + i + HALF), high);
    }
    low.add(high).intoMemorySegment(Memory.ALL, scratch, Lanes.ORDER);
    double sum = 0;
    for (long i = full; i < length * F4; i += F4) {
      sum += (double) get(y + i) * get(dy + i);
    }
    return sum + sumOfLanes(scratch);
  }

  /** Returns Σ x. */
  static double sum(long x, int length, long scratch) {
    DoubleVector low = DoubleVector.zero(Lanes.D);
    DoubleVector high = DoubleVector.zero(Lanes.D);
    long full = Lanes.fullBytes(length, 1);
    for (long i = 0; i < full; i += BYTES) {
      low = low.add(loadWidened(x + i));
      high = high.add(loadWidened(x + i + HALF));
    }
    low.add(high).intoMemorySegment(Memory.ALL, scratch, Lanes.ORDER);
    double sum = 0;
    for (long i = full; i < length * F4; i += F4) {
      sum += get(x + i);
    }
    return sum + sumOfLanes(scratch);
  }

  /** dx = y · (dy − sum). */
  static void gradient(long y, long dy, float sum, long dx, int length) {
    GRADIENT.two(y, dy, dx, length, sum, 0);
  }

  /** dx = dy − exp(y) · sum. */
  static void logGradient(long y, long dy, float sum, long dx, int length) {
    LOG_GRADIENT.two(y, dy, dx, length, -sum, 0);
  }

  private static double sumOfLanes(long scratch) {
    double sum = 0;
    for (int lane = 0; lane < Lanes.DOUBLES; lane++) {
      sum += Lanes.getWide(scratch + lane * (long) Double.BYTES);
    }
    return sum;
  }
}
