package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.BYTES;
import static dev.panorm.internal.backend.vector.Lanes.broadcast;
import static dev.panorm.internal.backend.vector.Lanes.first;
import static dev.panorm.internal.backend.vector.Lanes.load;
import static dev.panorm.internal.backend.vector.Lanes.store;
import static dev.panorm.internal.backend.vector.Lanes.zero;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Rows that share statistics, each element with a weight and a bias of its own: LayerNorm, RMSNorm.
 * Conventions are those of {@link RunKernels}.
 */
final class RowKernels {

  private static final long F4 = Float.BYTES;

  /** What a backward pass keeps of a row: centre, shift, rstd, offset and slope. */
  static final long ROW_BYTES = 5 * F4;

  static final long SHIFT = F4;
  static final long RSTD = 2 * F4;
  static final long OFFSET = 3 * F4;
  static final long SLOPE = 4 * F4;

  /** Rows that {@link #parameterSums} takes at once. */
  static final int TOGETHER = 2;

  private RowKernels() {}

  /** y = (c · rstd + shift) · weight + bias; in place where y is x. */
  static void normalize(
      long x, long y, int length, long weight, long bias, float centre, float rstd, float shift) {
    FloatVector h = broadcast(centre);
    FloatVector s = broadcast(shift);
    FloatVector k = broadcast(rstd);
    long full = Lanes.fullBytes(length, 1);
    for (long i = 0; i < full; i += BYTES) {
      FloatVector n = load(x + i).sub(h).fma(k, s);
      store(n.fma(load(weight + i), load(bias + i)), y + i);
    }
    int rest = length % Lanes.FLOATS;
    if (rest > 0) {
      VectorMask<Float> m = first(rest);
      FloatVector n = load(x + full, m).sub(h).fma(k, s);
      store(n.fma(load(weight + full, m), load(bias + full, m)), y + full, m);
    }
  }

  /** Adds Σ g and Σ g · c to the sums, g = dz · weight. */
  static void gradientSums(long x, long dz, long weight, int length, float centre, long sums) {
    FloatVector h = broadcast(centre);
    FloatVector a0 = zero();
    FloatVector a1 = zero();
    FloatVector a2 = zero();
    FloatVector a3 = zero();
    FloatVector q0 = zero();
    FloatVector q1 = zero();
    FloatVector q2 = zero();
    FloatVector q3 = zero();
    long quads = Lanes.fullBytes(length, RunKernels.CHAINS);
    long full = Lanes.fullBytes(length, 1);
    for (long i = 0; i < quads; i += RunKernels.CHAINS * BYTES) {
      FloatVector g0 = load(dz + i).mul(load(weight + i));
      FloatVector g1 = load(dz + i + BYTES).mul(load(weight + i + BYTES));
      FloatVector g2 = load(dz + i + 2 * BYTES).mul(load(weight + i + 2 * BYTES));
      FloatVector g3 = load(dz + i + 3 * BYTES).mul(load(weight + i + 3 * BYTES));
      a0 = a0.add(g0);
      a1 = a1.add(g1);
      a2 = a2.add(g2);
      a3 = a3.add(g3);
      q0 = load(x + i).sub(h).fma(g0, q0);
      q1 = load(x + i + BYTES).sub(h).fma(g1, q1);
      q2 = load(x + i + 2 * BYTES).sub(h).fma(g2, q2);
      q3 = load(x + i + 3 * BYTES).sub(h).fma(g3, q3);
    }
    for (long i = quads; i < full; i += BYTES) {
      FloatVector g = load(dz + i).mul(load(weight + i));
      a0 = a0.add(g);
      q0 = load(x + i).sub(h).fma(g, q0);
    }
    int rest = length % Lanes.FLOATS;
    if (rest > 0) {
      VectorMask<Float> m = first(rest);
      FloatVector g = load(dz + full, m).mul(load(weight + full, m));
      a1 = a1.add(g);
      q1 = q1.blend(load(x + full, m).sub(h).fma(g, q1), m);
    }
    store(a0.add(a1).add(a2.add(a3)), sums + RunKernels.LANES_OFFSET);
    store(q0.add(q1).add(q2.add(q3)), sums + RunKernels.LANES_OFFSET + BYTES);
    RunKernels.addLanes(sums);
  }

  /** dx = rstd · (dz · weight − offset − slope · c); in place where dx is dz. */
  static void gradient(
      long x,
      long dz,
      long weight,
      long dx,
      int length,
      float centre,
      float rstd,
      float offset,
      float slope) {
    FloatVector h = broadcast(centre);
    FloatVector k = broadcast(rstd);
    FloatVector b = broadcast(offset);
    FloatVector s = broadcast(-slope);
    long full = Lanes.fullBytes(length, 1);
    for (long i = 0; i < full; i += BYTES) {
      FloatVector t = load(dz + i).mul(load(weight + i)).sub(b);
      store(load(x + i).sub(h).fma(s, t).mul(k), dx + i);
    }
    int rest = length % Lanes.FLOATS;
    if (rest > 0) {
      VectorMask<Float> m = first(rest);
      FloatVector t = load(dz + full, m).mul(load(weight + full, m)).sub(b);
      store(load(x + full, m).sub(h).fma(s, t).mul(k), dx + full, m);
    }
  }

  /**
   * Adds dz · (c · rstd + shift) and dz of {@link #TOGETHER} rows to float32 sums of each column,
   * which have room for whole vectors.
   *
   * @param stride bytes from row to row
   * @param stats what is kept of each row, one behind the other
   */
  static void parameterSums(
      long x, long dz, long stride, int length, long stats, long dweight, long dbias) {
    FloatVector h0 = broadcast(kept(stats, 0, 0));
    FloatVector s0 = broadcast(kept(stats, 0, SHIFT));
    FloatVector k0 = broadcast(kept(stats, 0, RSTD));
    FloatVector h1 = broadcast(kept(stats, 1, 0));
    FloatVector s1 = broadcast(kept(stats, 1, SHIFT));
    FloatVector k1 = broadcast(kept(stats, 1, RSTD));
    long x1 = x + stride;
    long g1 = dz + stride;
    long full = Lanes.fullBytes(length, 1);
    for (long i = 0; i < full; i += BYTES) {
      FloatVector d0 = load(dz + i);
      FloatVector d1 = load(g1 + i);
      FloatVector w = load(x + i).sub(h0).fma(k0, s0).fma(d0, load(dweight + i));
      store(load(x1 + i).sub(h1).fma(k1, s1).fma(d1, w), dweight + i);
      store(d0.add(d1).add(load(dbias + i)), dbias + i);
    }
    int rest = length % Lanes.FLOATS;
    for (int r = 0; rest > 0 && r < TOGETHER; r++) {
      long at = full + r * stride;
      parameterSumsOfRow(
          x + at, dz + at, rest, stats + r * ROW_BYTES, dweight + full, dbias + full);
    }
  }

  /** A number and not a vector: one that a call returns may be boxed. */
  private static float kept(long stats, int row, long what) {
    return Lanes.get(stats + row * ROW_BYTES + what);
  }

  /** As {@link #parameterSums}, for one row. */
  static void parameterSumsOfRow(
      long x, long dz, int length, long stats, long dweight, long dbias) {
    FloatVector h = broadcast(kept(stats, 0, 0));
    FloatVector s = broadcast(kept(stats, 0, SHIFT));
    FloatVector k = broadcast(kept(stats, 0, RSTD));
    long full = Lanes.fullBytes(length, 1);
    for (long i = 0; i < full; i += BYTES) {
      FloatVector d = load(dz + i);
      store(load(x + i).sub(h).fma(k, s).fma(d, load(dweight + i)), dweight + i);
      store(load(dbias + i).add(d), dbias + i);
    }
    int rest = length % Lanes.FLOATS;
    if (rest > 0) {
      VectorMask<Float> m = first(rest);
      FloatVector d = load(dz + full, m);
      FloatVector w = load(dweight + full, m);
      store(load(x + full, m).sub(h).fma(k, s).fma(d, w), dweight + full, m);
      store(load(dbias + full, m).add(d), dbias + full, m);
    }
  }
}
