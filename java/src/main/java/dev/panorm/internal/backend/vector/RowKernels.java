package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.BYTES;
import static dev.panorm.internal.backend.vector.Lanes.ORDER;
import static dev.panorm.internal.backend.vector.Lanes.broadcast;
import static dev.panorm.internal.backend.vector.Lanes.first;
import static dev.panorm.internal.backend.vector.Lanes.load;
import static dev.panorm.internal.backend.vector.Lanes.store;
import static dev.panorm.internal.backend.vector.Lanes.zero;
import static dev.panorm.internal.memory.Memory.ALL;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Rows that share statistics, each element with a weight and a bias of its own: LayerNorm, RMSNorm.
 * Conventions, and what the JIT wants, are those of {@link RunKernels}.
 */
final class RowKernels {

  private static final long F4 = Float.BYTES;

  private RowKernels() {}

  /**
   * y = (c · rstd + shift) · weight + bias; in place where y is x.
   *
   * @param bias 0 where there is none
   */
  static void normalize(
      long x, long y, int length, long weight, long bias, float centre, float rstd, float shift) {
    long last = Lanes.lastBytes(length);
    if (last < 0) {
      for (long i = 0; i < length * F4; i += F4) {
        float n = Math.fma(Lanes.get(x + i) - centre, rstd, shift);
        float b = bias == 0 ? 0 : Lanes.get(bias + i);
        Lanes.set(y + i, Math.fma(n, Lanes.get(weight + i), b));
      }
      return;
    }
    FloatVector h = broadcast(centre);
    FloatVector s = broadcast(shift);
    FloatVector k = broadcast(rstd);
    FloatVector end = load(x + last).sub(h).fma(k, s);
    if (bias == 0) {
      end = end.mul(load(weight + last));
      for (long i = 0; i < last; i += BYTES) {
        FloatVector n = load(x + i).sub(h).fma(k, s);
        store(n.mul(load(weight + i)), y + i);
      }
    } else {
      end = end.fma(load(weight + last), load(bias + last));
      for (long i = 0; i < last; i += BYTES) {
        FloatVector n = load(x + i).sub(h).fma(k, s);
        store(n.fma(load(weight + i), load(bias + i)), y + i);
      }
    }
    store(end, y + last);
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
    a0.add(a1).add(a2.add(a3)).intoMemorySegment(ALL, sums + RunKernels.LANES_OFFSET, ORDER);
    q0.add(q1)
        .add(q2.add(q3))
        .intoMemorySegment(ALL, sums + RunKernels.LANES_OFFSET + BYTES, ORDER);
    RunKernels.addLanes(sums);
  }

  /**
   * dx = rstd · (dz · weight − offset − slope · c); in place where dx is dz.
   *
   * @param weight 0 where there is none
   */
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
    long last = Lanes.lastBytes(length);
    if (last < 0) {
      for (long i = 0; i < length * F4; i += F4) {
        float w = weight == 0 ? 1 : Lanes.get(weight + i);
        float t = Lanes.get(dz + i) * w - offset;
        Lanes.set(dx + i, Math.fma(Lanes.get(x + i) - centre, -slope, t) * rstd);
      }
      return;
    }
    FloatVector h = broadcast(centre);
    FloatVector k = broadcast(rstd);
    FloatVector b = broadcast(offset);
    FloatVector s = broadcast(-slope);
    FloatVector end = load(dz + last);
    if (weight == 0) {
      end = load(x + last).sub(h).fma(s, end.sub(b));
      for (long i = 0; i < last; i += BYTES) {
        FloatVector t = load(dz + i).sub(b);
        store(load(x + i).sub(h).fma(s, t).mul(k), dx + i);
      }
    } else {
      end = load(x + last).sub(h).fma(s, end.mul(load(weight + last)).sub(b));
      for (long i = 0; i < last; i += BYTES) {
        FloatVector t = load(dz + i).mul(load(weight + i)).sub(b);
        store(load(x + i).sub(h).fma(s, t).mul(k), dx + i);
      }
    }
    store(end.mul(k), dx + last);
  }

  /**
   * As {@link #gradientSums}, and adds dz · (c · rstd + shift) and dz to float32 sums of each
   * column. One vector a step: with two the JIT's code takes 1.6 times as long.
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
    FloatVector a = zero();
    FloatVector q = zero();
    long full = Lanes.fullBytes(length, 1);
    for (long i = 0; i < full; i += BYTES) {
      FloatVector d = load(dz + i);
      FloatVector c = load(x + i).sub(h);
      FloatVector g = d.mul(load(weight + i));
      a = a.add(g);
      q = c.fma(g, q);
      store(c.fma(k, s).fma(d, load(dweight + i)), dweight + i);
      store(load(dbias + i).add(d), dbias + i);
    }
    int rest = length % Lanes.FLOATS;
    if (rest > 0) {
      VectorMask<Float> m = first(rest);
      FloatVector d = load(dz + full, m);
      FloatVector c = load(x + full, m).sub(h);
      FloatVector g = d.mul(load(weight + full, m));
      a = a.add(g);
      q = q.blend(c.fma(g, q), m);
      store(c.fma(k, s).fma(d, load(dweight + full, m)), dweight + full, m);
      store(load(dbias + full, m).add(d), dbias + full, m);
    }
    a.intoMemorySegment(ALL, sums + RunKernels.LANES_OFFSET, ORDER);
    q.intoMemorySegment(ALL, sums + RunKernels.LANES_OFFSET + BYTES, ORDER);
    RunKernels.addLanes(sums);
  }
}
