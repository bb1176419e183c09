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
 * Runs of adjacent elements that share statistics, weight and bias: a channel of an NCHW plane.
 *
 * <p>Addresses are absolute, lengths in elements; c stands for x − centre. Sums are two float64 at
 * {@code sums}, with room for two vectors behind them.
 *
 * <p>What the JIT wants: loops that count bytes in a long, of one vector a step where they fit, so
 * that it drops the bounds checks and unrolls; a last whole vector that overlaps the one before and
 * was computed first, so that it works in place, since masked stores take many times as long; and
 * methods of more than 325 bytes of bytecode, which it does not inline: inside the loops of its
 * callers the loop of {@link #normalize} keeps its checks and takes ten times as long. What is left
 * in vectors at the end is stored without the help of {@link Lanes}: in a method of this size the
 * JIT may leave such a call out of line, and a vector that crosses it takes heap.
 */
final class RunKernels {

  /** Behind the two sums, where lanes are put to be added up. */
  static final int LANES_OFFSET = 2 * Double.BYTES;

  private static final long F4 = Float.BYTES;

  /** Independent partial sums, so that an addition need not wait for the one before. */
  static final int CHAINS = 4;

  private RunKernels() {}

  /**
   * Adds Σ d and Σ d² to the sums, d = x − shift, over runs that stand {@code stride} bytes apart;
   * so few elements that float32 partial sums do.
   */
  static void moments(long x, int runs, long stride, int length, float shift, long sums) {
    if (length < Lanes.FLOATS) {
      momentsShort(x, runs, stride, length, shift, sums);
      return;
    }
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
    long last = Lanes.lastBytes(length);
    VectorMask<Float> counted = Lanes.counted(length);
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
      FloatVector end = load(base + last).sub(s).blend(0, counted);
      a1 = a1.add(end);
      q1 = end.fma(end, q1);
    }
    a0.add(a1).add(a2.add(a3)).intoMemorySegment(ALL, sums + LANES_OFFSET, ORDER);
    q0.add(q1).add(q2.add(q3)).intoMemorySegment(ALL, sums + LANES_OFFSET + BYTES, ORDER);
    addLanes(sums);
  }

  private static void momentsShort(
      long x, int runs, long stride, int length, float shift, long sums) {
    double sum = 0;
    double squares = 0;
    for (int r = 0; r < runs; r++) {
      for (int i = 0; i < length; i++) {
        double d = Lanes.get(x + r * stride + i * F4) - shift;
        sum += d;
        squares += d * d;
      }
    }
    add(sums, sum, squares);
  }

  private static void add(long sums, double first, double second) {
    Lanes.setWide(sums, Lanes.getWide(sums) + first);
    Lanes.setWide(sums + Double.BYTES, Lanes.getWide(sums + Double.BYTES) + second);
  }

  /**
   * Adds what a kernel left in lanes to the two sums; no vector crosses a call, which may box it.
   */
  static void addLanes(long sums) {
    Lanes.addLanes(sums + LANES_OFFSET, sums);
    Lanes.addLanes(sums + LANES_OFFSET + BYTES, sums + Double.BYTES);
  }

  /**
   * y = c · scale + shift over runs that stand {@code stride} bytes apart; in place where y is x.
   *
   * @param terms centre, scale and shift of the first run
   * @param step bytes from one run's terms to the next one's; 0 if all share them
   */
  static void normalize(long x, long y, int runs, long stride, int length, long terms, long step) {
    long pairs = Lanes.fullBytes(length, 2);
    long last = Lanes.lastBytes(length);
    for (int r = 0; r < runs; r++) {
      long from = x + r * stride;
      long to = y + r * stride;
      float centre = Lanes.get(terms + r * step);
      float scale = Lanes.get(terms + r * step + F4);
      float shift = Lanes.get(terms + r * step + 2 * F4);
      if (last < 0) {
        for (long i = 0; i < length * F4; i += F4) {
          Lanes.set(to + i, Math.fma(Lanes.get(from + i) - centre, scale, shift));
        }
        continue;
      }
      FloatVector h = broadcast(centre);
      FloatVector k = broadcast(scale);
      FloatVector b = broadcast(shift);
      FloatVector end = load(from + last).sub(h).fma(k, b);
      for (long i = 0; i < pairs; i += 2 * BYTES) {
        FloatVector y0 = load(from + i).sub(h).fma(k, b);
        FloatVector y1 = load(from + i + BYTES).sub(h).fma(k, b);
        store(y0, to + i);
        store(y1, to + i + BYTES);
      }
      for (long i = pairs; i < last; i += BYTES) {
        store(load(from + i).sub(h).fma(k, b), to + i);
      }
      store(end, to + last);
    }
  }

  /** Adds Σ dz and Σ dz · c to the sums. */
  static void gradientSums(
      long x, long dz, int runs, long stride, int length, float centre, long sums) {
    if (length < Lanes.FLOATS) {
      gradientSumsShort(x, dz, runs, stride, length, centre, sums);
      return;
    }
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
    long last = Lanes.lastBytes(length);
    VectorMask<Float> counted = Lanes.counted(length);
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
      FloatVector end = load(gs + last).blend(0, counted);
      a1 = a1.add(end);
      q1 = load(xs + last).sub(h).blend(0, counted).fma(end, q1);
    }
    a0.add(a1).add(a2.add(a3)).intoMemorySegment(ALL, sums + LANES_OFFSET, ORDER);
    q0.add(q1).add(q2.add(q3)).intoMemorySegment(ALL, sums + LANES_OFFSET + BYTES, ORDER);
    addLanes(sums);
  }

  private static void gradientSumsShort(
      long x, long dz, int runs, long stride, int length, float centre, long sums) {
    double sum = 0;
    double products = 0;
    for (int r = 0; r < runs; r++) {
      for (int i = 0; i < length; i++) {
        long at = r * stride + i * F4;
        double g = Lanes.get(dz + at);
        sum += g;
        products += g * (Lanes.get(x + at) - centre);
      }
    }
    add(sums, sum, products);
  }

  /** As {@link #gradientSums}, each run with two sums of its own, {@code sumsStep} bytes apart. */
  static void gradientSumsOfEach(
      long x, long dz, int runs, int length, float centre, long sums, long sumsStep, long lanes) {
    FloatVector h = broadcast(centre);
    long stride = length * (long) Float.BYTES;
    long pairs = Lanes.fullBytes(length, 2);
    for (int r = 0; r < runs; r++) {
      long xs = x + r * stride;
      long gs = dz + r * stride;
      FloatVector a0 = zero();
      FloatVector a1 = zero();
      FloatVector q0 = zero();
      FloatVector q1 = zero();
      for (long i = 0; i < pairs; i += 2 * BYTES) {
        FloatVector g0 = load(gs + i);
        FloatVector g1 = load(gs + i + BYTES);
        a0 = a0.add(g0);
        a1 = a1.add(g1);
        q0 = load(xs + i).sub(h).fma(g0, q0);
        q1 = load(xs + i + BYTES).sub(h).fma(g1, q1);
      }
      for (long i = pairs; i < stride; i += BYTES) {
        VectorMask<Float> m = first(Math.min(Lanes.FLOATS, Lanes.rest(length, i)));
        FloatVector g = load(gs + i, m);
        a0 = a0.add(g);
        q0 = q0.blend(load(xs + i, m).sub(h).fma(g, q0), m);
      }
      a0.add(a1).intoMemorySegment(ALL, lanes, ORDER);
      q0.add(q1).intoMemorySegment(ALL, lanes + BYTES, ORDER);
      Lanes.addLanes(lanes, sums + r * sumsStep);
      Lanes.addLanes(lanes + BYTES, sums + r * sumsStep + Double.BYTES);
    }
  }

  /**
   * dx = rstd · (dz · weight − offset − slope · c) over runs that stand {@code stride} bytes apart;
   * in place where dx is dz.
   *
   * @param weights weight of the first run
   * @param step bytes from one run's weight to the next one's; 0 if all share it
   */
  static void gradient(
      long x,
      long dz,
      long dx,
      int runs,
      long stride,
      int length,
      long weights,
      long step,
      float centre,
      float rstd,
      float offset,
      float slope) {
    FloatVector h = broadcast(centre);
    FloatVector k = broadcast(rstd);
    FloatVector b = broadcast(offset);
    FloatVector s = broadcast(-slope);
    long pairs = Lanes.fullBytes(length, 2);
    long last = Lanes.lastBytes(length);
    for (int r = 0; r < runs; r++) {
      long from = x + r * stride;
      long gs = dz + r * stride;
      long to = dx + r * stride;
      float weight = Lanes.get(weights + r * step);
      if (last < 0) {
        for (long i = 0; i < length * F4; i += F4) {
          float g = Lanes.get(gs + i) * weight - offset;
          Lanes.set(to + i, Math.fma(Lanes.get(from + i) - centre, -slope, g) * rstd);
        }
        continue;
      }
      FloatVector w = broadcast(weight);
      FloatVector end = load(from + last).sub(h).fma(s, load(gs + last).mul(w).sub(b)).mul(k);
      for (long i = 0; i < pairs; i += 2 * BYTES) {
        FloatVector g0 = load(gs + i).mul(w).sub(b);
        FloatVector g1 = load(gs + i + BYTES).mul(w).sub(b);
        store(load(from + i).sub(h).fma(s, g0).mul(k), to + i);
        store(load(from + i + BYTES).sub(h).fma(s, g1).mul(k), to + i + BYTES);
      }
      for (long i = pairs; i < last; i += BYTES) {
        FloatVector g = load(gs + i).mul(w).sub(b);
        store(load(from + i).sub(h).fma(s, g).mul(k), to + i);
      }
      store(end, to + last);
    }
  }
}
