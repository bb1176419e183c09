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
 * Rows that share statistics, each element with a weight and a bias of its own: LayerNorm, RMSNorm.
 *
 * <p>Addresses are absolute, lengths in elements; c stands for (x − high) − low.
 */
final class RowKernels {

  private static final long F4 = Float.BYTES;

  /** What a backward pass keeps of a row: high, low, rstd, offset and slope. */
  static final long ROW_BYTES = 5 * F4;

  static final long LOW = F4;
  static final long RSTD = 2 * F4;
  static final long OFFSET = 3 * F4;
  static final long SLOPE = 4 * F4;

  private RowKernels() {}

  /** y = c · rstd · weight + bias; in place where y is x. */
  static void normalize(
      long x, long y, int length, long weight, long bias, float high, float low, float rstd) {
    FloatVector h = broadcast(high);
    FloatVector l = broadcast(low);
    FloatVector k = broadcast(rstd);
    int full = bound(length);
    for (int i = 0; i < full; i += FLOATS) {
      long at = i * F4;
      FloatVector n = load(x + at).sub(h).sub(l).mul(k);
      store(n.fma(load(weight + at), load(bias + at)), y + at);
    }
    if (full < length) {
      long at = full * F4;
      VectorMask<Float> m = first(length - full);
      FloatVector n = load(x + at, m).sub(h).sub(l).mul(k);
      store(n.fma(load(weight + at, m), load(bias + at, m)), y + at, m);
    }
  }

  /** Adds Σ g and Σ g · c to the sums, g = dz · weight. */
  static void gradientSums(
      long x, long dz, long weight, int length, float high, float low, long sums) {
    FloatVector h = broadcast(high);
    FloatVector l = broadcast(low);
    FloatVector a0 = zero();
    FloatVector a1 = zero();
    FloatVector q0 = zero();
    FloatVector q1 = zero();
    int pairs = length & -(2 * FLOATS);
    int i = 0;
    for (; i < pairs; i += 2 * FLOATS) {
      long at = i * F4;
      long next = at + Lanes.BYTES;
      FloatVector g0 = load(dz + at).mul(load(weight + at));
      FloatVector g1 = load(dz + next).mul(load(weight + next));
      a0 = a0.add(g0);
      a1 = a1.add(g1);
      q0 = load(x + at).sub(h).sub(l).fma(g0, q0);
      q1 = load(x + next).sub(h).sub(l).fma(g1, q1);
    }
    for (; i < length; i += FLOATS) {
      long at = i * F4;
      VectorMask<Float> m = first(length - i);
      FloatVector g = load(dz + at, m).mul(load(weight + at, m));
      a0 = a0.add(g);
      q0 = q0.blend(load(x + at, m).sub(h).sub(l).fma(g, q0), m);
    }
    Lanes.addSum(a0.add(a1), sums, sums + RunKernels.LANES_OFFSET);
    Lanes.addSum(q0.add(q1), sums + Double.BYTES, sums + RunKernels.LANES_OFFSET);
  }

  /** dx = rstd · (dz · weight − offset − slope · c); in place where dx is dz. */
  static void gradient(
      long x,
      long dz,
      long weight,
      long dx,
      int length,
      float high,
      float low,
      float rstd,
      float offset,
      float slope) {
    FloatVector h = broadcast(high);
    FloatVector l = broadcast(low);
    FloatVector k = broadcast(rstd);
    FloatVector b = broadcast(-offset);
    FloatVector s = broadcast(-slope);
    int full = bound(length);
    for (int i = 0; i < full; i += FLOATS) {
      long at = i * F4;
      FloatVector t = load(dz + at).fma(load(weight + at), b);
      store(load(x + at).sub(h).sub(l).fma(s, t).mul(k), dx + at);
    }
    if (full < length) {
      long at = full * F4;
      VectorMask<Float> m = first(length - full);
      FloatVector t = load(dz + at, m).fma(load(weight + at, m), b);
      store(load(x + at, m).sub(h).sub(l).fma(s, t).mul(k), dx + at, m);
    }
  }

  /**
   * Adds Σ dz · c · rstd and Σ dz over a few rows to the float64 sums of each column.
   *
   * @param stats what is kept of each row, one behind the other
   */
  static void parameterSums(
      long x, long dz, long stride, int rows, int length, long stats, long dweight, long dbias) {
    int full = bound(length);
    for (int j = 0; j < full; j += FLOATS) {
      long at = j * F4;
      FloatVector w = zero();
      FloatVector b = zero();
      for (int r = 0; r < rows; r++) {
        long row = at + r * stride;
        long s = stats + r * ROW_BYTES;
        FloatVector g = load(dz + row);
        FloatVector c = load(x + row).sub(Lanes.get(s)).sub(Lanes.get(s + LOW));
        w = c.mul(Lanes.get(s + RSTD)).fma(g, w);
        b = b.add(g);
      }
      Lanes.addEach(w, dweight + 2 * at);
      Lanes.addEach(b, dbias + 2 * at);
    }
    if (full < length) {
      parameterSumsTail(x, dz, stride, rows, full, length, stats, dweight, dbias);
    }
  }

  private static void parameterSumsTail(
      long x,
      long dz,
      long stride,
      int rows,
      int from,
      int length,
      long stats,
      long dweight,
      long dbias) {
    for (int j = from; j < length; j++) {
      double w = 0;
      double b = 0;
      for (int r = 0; r < rows; r++) {
        long at = j * F4 + r * stride;
        long s = stats + r * ROW_BYTES;
        double g = Lanes.get(dz + at);
        float c = Lanes.get(x + at) - Lanes.get(s) - Lanes.get(s + LOW);
        w += g * c * Lanes.get(s + RSTD);
        b += g;
      }
      long wide = j * (long) Double.BYTES;
      Lanes.setWide(dweight + wide, Lanes.getWide(dweight + wide) + w);
      Lanes.setWide(dbias + wide, Lanes.getWide(dbias + wide) + b);
    }
  }
}
