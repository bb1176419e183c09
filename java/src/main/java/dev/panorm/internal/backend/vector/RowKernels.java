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
   * As {@link #gradientSums}, and adds dz · (c · rstd + shift) and dz to float32 sums of each
   * column.
   */
  static void allSums(
      long x,
      long dz,
      long weight,
      int length,
      float centre,
      float rstd,
      float shift,
      long dweight,
      long dbias,
      long sums) {
    FloatVector h = broadcast(centre);
    FloatVector k = broadcast(rstd);
    FloatVector s = broadcast(shift);
    FloatVector a0 = zero();
    FloatVector a1 = zero();
    FloatVector q0 = zero();
    FloatVector q1 = zero();
    long pairs = Lanes.fullBytes(length, 2);
    for (long i = 0; i < pairs; i += 2 * BYTES) {
      FloatVector d0 = load(dz + i);
      FloatVector d1 = load(dz + i + BYTES);
      FloatVector c0 = load(x + i).sub(h);
      FloatVector c1 = load(x + i + BYTES).sub(h);
      FloatVector g0 = d0.mul(load(weight + i));
      FloatVector g1 = d1.mul(load(weight + i + BYTES));
      a0 = a0.add(g0);
      a1 = a1.add(g1);
      q0 = c0.fma(g0, q0);
      q1 = c1.fma(g1, q1);
      FloatVector w0 = c0.fma(k, s).fma(d0, load(dweight + i));
      FloatVector w1 = c1.fma(k, s).fma(d1, load(dweight + i + BYTES));
      FloatVector b0 = load(dbias + i).add(d0);
      FloatVector b1 = load(dbias + i + BYTES).add(d1);
      store(w0, dweight + i);
      store(w1, dweight + i + BYTES);
      store(b0, dbias + i);
      store(b1, dbias + i + BYTES);
    }
    for (long i = pairs; i < length * (long) Float.BYTES; i += BYTES) {
      VectorMask<Float> m = first(Math.min(Lanes.FLOATS, Lanes.rest(length, i)));
      FloatVector d = load(dz + i, m);
      FloatVector c = load(x + i, m).sub(h);
      FloatVector g = d.mul(load(weight + i, m));
      a0 = a0.add(g);
      q0 = q0.blend(c.fma(g, q0), m);
      store(c.fma(k, s).fma(d, load(dweight + i, m)), dweight + i, m);
      store(load(dbias + i, m).add(d), dbias + i, m);
    }
    store(a0.add(a1), sums + RunKernels.LANES_OFFSET);
    store(q0.add(q1), sums + RunKernels.LANES_OFFSET + BYTES);
    RunKernels.addLanes(sums);
  }
}
