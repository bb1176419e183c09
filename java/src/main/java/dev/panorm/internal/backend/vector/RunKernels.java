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
 * Runs of adjacent elements that share statistics, weight and bias: a channel of an NCHW plane.
 *
 * <p>Addresses are absolute, lengths in elements; c stands for x − centre. Sums are two float64 at
 * {@code sums}, with room for two vectors behind them. Loops count bytes in a long, one vector a
 * step: in this form the JIT drops the bounds checks and unrolls.
 */
final class RunKernels {

  /** Behind the two sums, where lanes are put to be added up. */
  static final int LANES_OFFSET = 2 * Double.BYTES;

  /** Independent partial sums, so that an addition need not wait for the one before. */
  static final int CHAINS = 4;

  private RunKernels() {}

  /**
   * Adds Σ d and Σ d² to the sums, d = x − shift, over runs that stand {@code stride} bytes apart;
   * so few elements that float32 partial sums do.
   */
  static void moments(long x, int runs, long stride, int length, float shift, long sums) {
    FloatVector s = broadcast(shift);
    FloatVector a0 = zero();
    FloatVector a1 = zero();
    FloatVector a2 = zero();
    FloatVector a3 = zero();
    FloatVector q0 = zero();
    FloatVector q1 = zero();
    FloatVector q2 = zero();
    FloatVector q3 = zero();
    long quads = Lanes.fullBytes(length, CHAINS);
    long full = Lanes.fullBytes(length, 1);
    int rest = length % Lanes.FLOATS;
    for (int r = 0; r < runs; r++) {
      long base = x + r * stride;
      for (long i = 0; i < quads; i += CHAINS * BYTES) {
        FloatVector d0 = load(base + i).sub(s);
        FloatVector d1 = load(base + i + BYTES).sub(s);
        FloatVector d2 = load(base + i + 2 * BYTES).sub(s);
        FloatVector d3 = load(base + i + 3 * BYTES).sub(s);
        a0 = a0.add(d0);
        a1 = a1.add(d1);
        a2 = a2.add(d2);
        a3 = a3.add(d3);
        q0 = d0.fma(d0, q0);
        q1 = d1.fma(d1, q1);
        q2 = d2.fma(d2, q2);
        q3 = d3.fma(d3, q3);
      }
      for (long i = quads; i < full; i += BYTES) {
        FloatVector d = load(base + i).sub(s);
        a0 = a0.add(d);
        q0 = d.fma(d, q0);
      }
      if (rest > 0) {
        VectorMask<Float> tail = first(rest);
        FloatVector d = zero().blend(load(base + full, tail).sub(s), tail);
        a1 = a1.add(d);
        q1 = d.fma(d, q1);
      }
    }
    store(a0.add(a1).add(a2.add(a3)), sums + LANES_OFFSET);
    store(q0.add(q1).add(q2.add(q3)), sums + LANES_OFFSET + BYTES);
    addLanes(sums);
  }

  /**
   * Adds what a kernel left in lanes to the two sums; no vector crosses a call, which may box it.
   */
  static void addLanes(long sums) {
    Lanes.addLanes(sums + LANES_OFFSET, sums);
    Lanes.addLanes(sums + LANES_OFFSET + BYTES, sums + Double.BYTES);
  }

  /** y = c · scale + shift; in place where y is x. */
  static void normalize(long x, long y, int length, float centre, float scale, float shift) {
    FloatVector h = broadcast(centre);
    FloatVector k = broadcast(scale);
    FloatVector b = broadcast(shift);
    long full = Lanes.fullBytes(length, 1);
    for (long i = 0; i < full; i += BYTES) {
      store(load(x + i).sub(h).fma(k, b), y + i);
    }
    int rest = length % Lanes.FLOATS;
    if (rest > 0) {
      VectorMask<Float> m = first(rest);
      store(load(x + full, m).sub(h).fma(k, b), y + full, m);
    }
  }

  /** Adds Σ dz and Σ dz · c to the sums. */
  static void gradientSums(
      long x, long dz, int runs, long stride, int length, float centre, long sums) {
    FloatVector h = broadcast(centre);
    FloatVector a0 = zero();
    FloatVector a1 = zero();
    FloatVector a2 = zero();
    FloatVector a3 = zero();
    FloatVector q0 = zero();
    FloatVector q1 = zero();
    FloatVector q2 = zero();
    FloatVector q3 = zero();
    long quads = Lanes.fullBytes(length, CHAINS);
    long full = Lanes.fullBytes(length, 1);
    int rest = length % Lanes.FLOATS;
    for (int r = 0; r < runs; r++) {
      long xs = x + r * stride;
      long gs = dz + r * stride;
      for (long i = 0; i < quads; i += CHAINS * BYTES) {
        FloatVector g0 = load(gs + i);
        FloatVector g1 = load(gs + i + BYTES);
        FloatVector g2 = load(gs + i + 2 * BYTES);
        FloatVector g3 = load(gs + i + 3 * BYTES);
        a0 = a0.add(g0);
        a1 = a1.add(g1);
        a2 = a2.add(g2);
        a3 = a3.add(g3);
        q0 = load(xs + i).sub(h).fma(g0, q0);
        q1 = load(xs + i + BYTES).sub(h).fma(g1, q1);
        q2 = load(xs + i + 2 * BYTES).sub(h).fma(g2, q2);
        q3 = load(xs + i + 3 * BYTES).sub(h).fma(g3, q3);
      }
      for (long i = quads; i < full; i += BYTES) {
        FloatVector g = load(gs + i);
        a0 = a0.add(g);
        q0 = load(xs + i).sub(h).fma(g, q0);
      }
      if (rest > 0) {
        VectorMask<Float> tail = first(rest);
        FloatVector g = load(gs + full, tail);
        a1 = a1.add(g);
        q1 = q1.blend(load(xs + full, tail).sub(h).fma(g, q1), tail);
      }
    }
    store(a0.add(a1).add(a2.add(a3)), sums + LANES_OFFSET);
    store(q0.add(q1).add(q2.add(q3)), sums + LANES_OFFSET + BYTES);
    addLanes(sums);
  }

  /** dx = rstd · (dz · weight − offset − slope · c); in place where dx is dz. */
  static void gradient(
      long x,
      long dz,
      long dx,
      int length,
      float centre,
      float weight,
      float rstd,
      float offset,
      float slope) {
    FloatVector h = broadcast(centre);
    FloatVector w = broadcast(weight);
    FloatVector k = broadcast(rstd);
    FloatVector b = broadcast(offset);
    FloatVector s = broadcast(-slope);
    long full = Lanes.fullBytes(length, 1);
    for (long i = 0; i < full; i += BYTES) {
      FloatVector g = load(dz + i).mul(w).sub(b);
      store(load(x + i).sub(h).fma(s, g).mul(k), dx + i);
    }
    int rest = length % Lanes.FLOATS;
    if (rest > 0) {
      VectorMask<Float> m = first(rest);
      FloatVector g = load(dz + full, m).mul(w).sub(b);
      store(load(x + full, m).sub(h).fma(s, g).mul(k), dx + full, m);
    }
  }
}
