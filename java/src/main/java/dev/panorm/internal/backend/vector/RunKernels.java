package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.FLOATS;
import static dev.panorm.internal.backend.vector.Lanes.bound;
import static dev.panorm.internal.backend.vector.Lanes.broadcast;
import static dev.panorm.internal.backend.vector.Lanes.first;
import static dev.panorm.internal.backend.vector.Lanes.load;
import static dev.panorm.internal.backend.vector.Lanes.store;
import static dev.panorm.internal.backend.vector.Lanes.zero;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Runs of adjacent elements that share statistics, weight and bias: a channel of an NCHW plane.
 *
 * <p>Addresses are absolute, lengths in elements; sums are two float64 at {@code sums}, with room
 * for a vector behind them.
 */
final class RunKernels {

  /** Behind the two sums, where lanes are put to be added up. */
  static final int LANES_OFFSET = 2 * Double.BYTES;

  private static final long F4 = Float.BYTES;

  private RunKernels() {}

  /**
   * Adds Σ d and Σ d² to the sums, d = x − shift, over runs that stand {@code stride} bytes apart;
   * so few elements that float32 partial sums do.
   */
  static void moments(long x, int runs, long stride, int length, float shift, long sums) {
    FloatVector s = broadcast(shift);
    FloatVector a0 = zero();
    FloatVector a1 = zero();
    FloatVector q0 = zero();
    FloatVector q1 = zero();
    int pairs = length & -(2 * FLOATS);
    for (int r = 0; r < runs; r++) {
      long base = x + r * stride;
      int i = 0;
      for (; i < pairs; i += 2 * FLOATS) {
        FloatVector d0 = load(base + i * F4).sub(s);
        FloatVector d1 = load(base + (i + FLOATS) * F4).sub(s);
        a0 = a0.add(d0);
        a1 = a1.add(d1);
        q0 = d0.fma(d0, q0);
        q1 = d1.fma(d1, q1);
      }
      for (; i < length; i += FLOATS) {
        VectorMask<Float> m = first(length - i);
        FloatVector d = zero().blend(load(base + i * F4, m).sub(s), m);
        a0 = a0.add(d);
        q0 = d.fma(d, q0);
      }
    }
    Lanes.addSum(a0.add(a1), sums, sums + LANES_OFFSET);
    Lanes.addSum(q0.add(q1), sums + Double.BYTES, sums + LANES_OFFSET);
  }

  /** y = ((x − high) − low) · scale + shift; in place where y is x. */
  static void normalize(
      long x, long y, int length, float high, float low, float scale, float shift) {
    FloatVector h = broadcast(high);
    FloatVector l = broadcast(low);
    FloatVector k = broadcast(scale);
    FloatVector b = broadcast(shift);
    int full = bound(length);
    for (int i = 0; i < full; i += FLOATS) {
      store(load(x + i * F4).sub(h).sub(l).fma(k, b), y + i * F4);
    }
    if (full < length) {
      VectorMask<Float> m = first(length - full);
      store(load(x + full * F4, m).sub(h).sub(l).fma(k, b), y + full * F4, m);
    }
  }

  /** Adds Σ dz and Σ dz · c to the sums, c = (x − high) − low. */
  static void gradientSums(
      long x, long dz, int runs, long stride, int length, float high, float low, long sums) {
    FloatVector h = broadcast(high);
    FloatVector l = broadcast(low);
    FloatVector a0 = zero();
    FloatVector a1 = zero();
    FloatVector q0 = zero();
    FloatVector q1 = zero();
    int pairs = length & -(2 * FLOATS);
    for (int r = 0; r < runs; r++) {
      long at = r * stride;
      int i = 0;
      for (; i < pairs; i += 2 * FLOATS) {
        FloatVector g0 = load(dz + at + i * F4);
        FloatVector g1 = load(dz + at + (i + FLOATS) * F4);
        a0 = a0.add(g0);
        a1 = a1.add(g1);
        q0 = load(x + at + i * F4).sub(h).sub(l).fma(g0, q0);
        q1 = load(x + at + (i + FLOATS) * F4).sub(h).sub(l).fma(g1, q1);
      }
      for (; i < length; i += FLOATS) {
        VectorMask<Float> m = first(length - i);
        FloatVector g = load(dz + at + i * F4, m);
        a0 = a0.add(g);
        FloatVector c = load(x + at + i * F4, m).sub(h).sub(l);
        q0 = q0.blend(c.fma(g, q0), m);
      }
    }
    Lanes.addSum(a0.add(a1), sums, sums + LANES_OFFSET);
    Lanes.addSum(q0.add(q1), sums + Double.BYTES, sums + LANES_OFFSET);
  }

  /** dx = scale · dz − offset − slope · c, c = (x − high) − low; in place where dx is dz. */
  static void gradient(
      long x,
      long dz,
      long dx,
      int length,
      float high,
      float low,
      float scale,
      float offset,
      float slope) {
    FloatVector h = broadcast(high);
    FloatVector l = broadcast(low);
    FloatVector a = broadcast(scale);
    FloatVector b = broadcast(-offset);
    FloatVector k = broadcast(-slope);
    int full = bound(length);
    for (int i = 0; i < full; i += FLOATS) {
      FloatVector c = load(x + i * F4).sub(h).sub(l);
      store(c.fma(k, load(dz + i * F4).fma(a, b)), dx + i * F4);
    }
    if (full < length) {
      VectorMask<Float> m = first(length - full);
      FloatVector c = load(x + full * F4, m).sub(h).sub(l);
      store(c.fma(k, load(dz + full * F4, m).fma(a, b)), dx + full * F4, m);
    }
  }
}
