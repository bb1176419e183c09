package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.FLOATS;
import static dev.panorm.internal.backend.vector.Lanes.broadcast;
import static dev.panorm.internal.backend.vector.Lanes.first;
import static dev.panorm.internal.backend.vector.Lanes.load;
import static dev.panorm.internal.backend.vector.Lanes.store;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Pieces of softmax over contiguous rows. Addresses are absolute, lengths in elements. */
final class SoftmaxRows {

  private static final long F4 = Float.BYTES;

  private SoftmaxRows() {}

  /** Largest element, NaN if one is NaN; {@code scratch} takes a vector. */
  static float max(long x, int length, long scratch) {
    FloatVector max = broadcast(Float.NEGATIVE_INFINITY);
    for (int i = 0; i < length; i += FLOATS) {
      VectorMask<Float> m = first(length - i);
      max = max.max(load(x + i * F4, m).blend(Float.NEGATIVE_INFINITY, m.not()));
    }
    store(max, scratch);
    float result = Float.NEGATIVE_INFINITY;
    for (int lane = 0; lane < FLOATS; lane++) {
      result = Math.max(result, Lanes.get(scratch + lane * F4));
    }
    return result;
  }

  /** Returns Σ exp(x − max) and leaves the terms in y; {@code scratch} takes two vectors. */
  static double expSum(long x, float max, long y, int length, long scratch) {
    FloatVector maxima = broadcast(max);
    DoubleVector low = DoubleVector.zero(Lanes.D);
    DoubleVector high = low;
    for (int i = 0; i < length; i += FLOATS) {
      VectorMask<Float> m = first(length - i);
      FloatVector e = FloatMath.exp(load(x + i * F4, m).sub(maxima));
      store(e, y + i * F4, m);
      e = Lanes.zero().blend(e, m);
      low = low.add(low(e));
      high = high.add(high(e));
    }
    return sum(low, high, scratch);
  }

  /** Returns Σ exp(x − max); {@code scratch} takes two vectors. */
  static double expSum(long x, float max, int length, long scratch) {
    FloatVector maxima = broadcast(max);
    DoubleVector low = DoubleVector.zero(Lanes.D);
    DoubleVector high = low;
    for (int i = 0; i < length; i += FLOATS) {
      VectorMask<Float> m = first(length - i);
      FloatVector e = FloatMath.exp(load(x + i * F4, m).sub(maxima));
      e = Lanes.zero().blend(e, m);
      low = low.add(low(e));
      high = high.add(high(e));
    }
    return sum(low, high, scratch);
  }

  /** y = x · factor; y may be x. */
  static void scale(long x, float factor, long y, int length) {
    for (int i = 0; i < length; i += FLOATS) {
      VectorMask<Float> m = first(length - i);
      store(load(x + i * F4, m).mul(factor), y + i * F4, m);
    }
  }

  /** y = x − max − logSum. */
  static void shift(long x, float max, float logSum, long y, int length) {
    for (int i = 0; i < length; i += FLOATS) {
      VectorMask<Float> m = first(length - i);
      store(load(x + i * F4, m).sub(max).sub(logSum), y + i * F4, m);
    }
  }

  /** Returns Σ dy · y; {@code scratch} takes two vectors. */
  static double dot(long y, long dy, int length, long scratch) {
    DoubleVector low = DoubleVector.zero(Lanes.D);
    DoubleVector high = low;
    for (int i = 0; i < length; i += FLOATS) {
      VectorMask<Float> m = first(length - i);
      FloatVector v = load(y + i * F4, m);
      FloatVector w = load(dy + i * F4, m);
      low = low(v).fma(low(w), low);
      high = high(v).fma(high(w), high);
    }
    return sum(low, high, scratch);
  }

  /** Returns Σ dy; {@code scratch} takes two vectors. */
  static double sum(long dy, int length, long scratch) {
    DoubleVector low = DoubleVector.zero(Lanes.D);
    DoubleVector high = low;
    for (int i = 0; i < length; i += FLOATS) {
      FloatVector v = load(dy + i * F4, first(length - i));
      low = low.add(low(v));
      high = high.add(high(v));
    }
    return sum(low, high, scratch);
  }

  /** dx = y · (dy − sum). */
  static void gradient(long y, long dy, float sum, long dx, int length) {
    for (int i = 0; i < length; i += FLOATS) {
      VectorMask<Float> m = first(length - i);
      store(load(dy + i * F4, m).sub(sum).mul(load(y + i * F4, m)), dx + i * F4, m);
    }
  }

  /** dx = dy − exp(y) · sum. */
  static void logGradient(long y, long dy, float sum, long dx, int length) {
    FloatVector minus = broadcast(-sum);
    for (int i = 0; i < length; i += FLOATS) {
      VectorMask<Float> m = first(length - i);
      FloatVector e = FloatMath.exp(load(y + i * F4, m));
      store(e.fma(minus, load(dy + i * F4, m)), dx + i * F4, m);
    }
  }

  private static DoubleVector low(FloatVector v) {
    return (DoubleVector) v.convertShape(VectorOperators.F2D, Lanes.D, 0);
  }

  private static DoubleVector high(FloatVector v) {
    return (DoubleVector) v.convertShape(VectorOperators.F2D, Lanes.D, 1);
  }

  private static double sum(DoubleVector low, DoubleVector high, long scratch) {
    store(low.add(high), scratch);
    double sum = 0;
    for (int lane = 0; lane < Lanes.DOUBLES; lane++) {
      sum += Lanes.getWide(scratch + lane * (long) Double.BYTES);
    }
    return sum;
  }
}
