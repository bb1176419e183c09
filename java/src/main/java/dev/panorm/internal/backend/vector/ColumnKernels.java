package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.BYTES;
import static dev.panorm.internal.backend.vector.Lanes.get;
import static dev.panorm.internal.backend.vector.Lanes.load;
import static dev.panorm.internal.backend.vector.Lanes.set;
import static dev.panorm.internal.backend.vector.Lanes.store;

import jdk.incubator.vector.FloatVector;

/**
 * Matrices whose columns have statistics, weight and bias of their own: channels-last data.
 *
 * <p>Conventions, and what the JIT wants, are those of {@link RunKernels}; arrays with one float32
 * per column start at the matrix's first column. A few rows are taken at once, so that those arrays
 * are read once for all of them; what is left goes row by row, and columns behind the last whole
 * vector one by one.
 */
final class ColumnKernels {

  private static final long F4 = Float.BYTES;

  private ColumnKernels() {}

  /** Adds d and d² of a few rows to sums of each column, d = x − shift. */
  static void moments(
      long x, long stride, int rows, int columns, long shift, long sums, long squares) {
    long full = Lanes.fullBytes(columns, 1);
    long end = columns * F4;
    int r = 0;
    for (; r + 4 <= rows; r += 4) {
      long x0 = x + r * stride;
      long x1 = x0 + stride;
      long x2 = x1 + stride;
      long x3 = x2 + stride;
      for (long i = 0; i < full; i += BYTES) {
        FloatVector s = load(shift + i);
        FloatVector d0 = load(x0 + i).sub(s);
        FloatVector d1 = load(x1 + i).sub(s);
        FloatVector d2 = load(x2 + i).sub(s);
        FloatVector d3 = load(x3 + i).sub(s);
        store(d0.add(d1).add(d2.add(d3)).add(load(sums + i)), sums + i);
        FloatVector q = d1.fma(d1, d0.fma(d0, load(squares + i)));
        store(d3.fma(d3, d2.fma(d2, q)), squares + i);
      }
      for (long i = full; i < end; i += F4) {
        float s = get(shift + i);
        float d0 = get(x0 + i) - s;
        float d1 = get(x1 + i) - s;
        float d2 = get(x2 + i) - s;
        float d3 = get(x3 + i) - s;
        set(sums + i, ((d0 + d1) + (d2 + d3)) + get(sums + i));
        float q = Math.fma(d1, d1, Math.fma(d0, d0, get(squares + i)));
        set(squares + i, Math.fma(d3, d3, Math.fma(d2, d2, q)));
      }
    }
    for (; r < rows; r++) {
      long x0 = x + r * stride;
      for (long i = 0; i < full; i += BYTES) {
        FloatVector d = load(x0 + i).sub(load(shift + i));
        store(load(sums + i).add(d), sums + i);
        store(d.fma(d, load(squares + i)), squares + i);
      }
      for (long i = full; i < end; i += F4) {
        float d = get(x0 + i) - get(shift + i);
        set(sums + i, get(sums + i) + d);
        set(squares + i, Math.fma(d, d, get(squares + i)));
      }
    }
  }

  /** y = c · scale + shift; in place where y is x. */
  static void normalize(
      long x, long y, long stride, int rows, int columns, long centre, long scale, long shift) {
    long full = Lanes.fullBytes(columns, 1);
    long end = columns * F4;
    int r = 0;
    for (; r + 4 <= rows; r += 4) {
      long at = r * stride;
      long x0 = x + at;
      long x1 = x0 + stride;
      long x2 = x1 + stride;
      long x3 = x2 + stride;
      long y0 = y + at;
      long y1 = y0 + stride;
      long y2 = y1 + stride;
      long y3 = y2 + stride;
      for (long i = 0; i < full; i += BYTES) {
        FloatVector h = load(centre + i);
        FloatVector k = load(scale + i);
        FloatVector b = load(shift + i);
        FloatVector r0 = load(x0 + i).sub(h).fma(k, b);
        FloatVector r1 = load(x1 + i).sub(h).fma(k, b);
        FloatVector r2 = load(x2 + i).sub(h).fma(k, b);
        FloatVector r3 = load(x3 + i).sub(h).fma(k, b);
        store(r0, y0 + i);
        store(r1, y1 + i);
        store(r2, y2 + i);
        store(r3, y3 + i);
      }
      for (long i = full; i < end; i += F4) {
        float h = get(centre + i);
        float k = get(scale + i);
        float b = get(shift + i);
        set(y0 + i, Math.fma(get(x0 + i) - h, k, b));
        set(y1 + i, Math.fma(get(x1 + i) - h, k, b));
        set(y2 + i, Math.fma(get(x2 + i) - h, k, b));
        set(y3 + i, Math.fma(get(x3 + i) - h, k, b));
      }
    }
    for (; r < rows; r++) {
      long at = r * stride;
      for (long i = 0; i < full; i += BYTES) {
        FloatVector c = load(x + at + i).sub(load(centre + i));
        store(c.fma(load(scale + i), load(shift + i)), y + at + i);
      }
      for (long i = full; i < end; i += F4) {
        float c = get(x + at + i) - get(centre + i);
        set(y + at + i, Math.fma(c, get(scale + i), get(shift + i)));
      }
    }
  }

  /** Adds dz and dz · c of a few rows to sums of each column. */
  static void gradientSums(
      long x, long dz, long stride, int rows, int columns, long centre, long sums, long products) {
    long full = Lanes.fullBytes(columns, 1);
    long end = columns * F4;
    int r = 0;
    for (; r + 4 <= rows; r += 4) {
      long at = r * stride;
      long x0 = x + at;
      long x1 = x0 + stride;
      long x2 = x1 + stride;
      long x3 = x2 + stride;
      long g0 = dz + at;
      long g1 = g0 + stride;
      long g2 = g1 + stride;
      long g3 = g2 + stride;
      for (long i = 0; i < full; i += BYTES) {
        FloatVector h = load(centre + i);
        FloatVector d0 = load(g0 + i);
        FloatVector d1 = load(g1 + i);
        FloatVector d2 = load(g2 + i);
        FloatVector d3 = load(g3 + i);
        store(d0.add(d1).add(d2.add(d3)).add(load(sums + i)), sums + i);
        FloatVector p = load(x0 + i).sub(h).fma(d0, load(products + i));
        p = load(x1 + i).sub(h).fma(d1, p);
        p = load(x2 + i).sub(h).fma(d2, p);
        store(load(x3 + i).sub(h).fma(d3, p), products + i);
      }
      for (long i = full; i < end; i += F4) {
        float h = get(centre + i);
        float d0 = get(g0 + i);
        float d1 = get(g1 + i);
        float d2 = get(g2 + i);
        float d3 = get(g3 + i);
        set(sums + i, ((d0 + d1) + (d2 + d3)) + get(sums + i));
        float p = Math.fma(get(x0 + i) - h, d0, get(products + i));
        p = Math.fma(get(x1 + i) - h, d1, p);
        p = Math.fma(get(x2 + i) - h, d2, p);
        set(products + i, Math.fma(get(x3 + i) - h, d3, p));
      }
    }
    for (; r < rows; r++) {
      long at = r * stride;
      for (long i = 0; i < full; i += BYTES) {
        FloatVector d = load(dz + at + i);
        FloatVector c = load(x + at + i).sub(load(centre + i));
        store(load(sums + i).add(d), sums + i);
        store(c.fma(d, load(products + i)), products + i);
      }
      for (long i = full; i < end; i += F4) {
        float d = get(dz + at + i);
        float c = get(x + at + i) - get(centre + i);
        set(sums + i, get(sums + i) + d);
        set(products + i, Math.fma(c, d, get(products + i)));
      }
    }
  }

  /**
   * dx = (c · slope + (dz · weight + offset)) · rstd; in place where dx is dz.
   *
   * @param terms arrays of centre, weight, offset, slope and rstd, {@code gap} bytes apart
   */
  static void gradient(
      long x, long dz, long dx, long stride, int rows, int columns, long terms, long gap) {
    long weight = terms + gap;
    long offset = weight + gap;
    long slope = offset + gap;
    long rstd = slope + gap;
    long full = Lanes.fullBytes(columns, 1);
    long end = columns * F4;
    int r = 0;
    for (; r + 2 <= rows; r += 2) {
      long at = r * stride;
      long x0 = x + at;
      long x1 = x0 + stride;
      long g0 = dz + at;
      long g1 = g0 + stride;
      long y0 = dx + at;
      long y1 = y0 + stride;
      for (long i = 0; i < full; i += BYTES) {
        FloatVector h = load(terms + i);
        FloatVector w = load(weight + i);
        FloatVector b = load(offset + i);
        FloatVector s = load(slope + i);
        FloatVector k = load(rstd + i);
        FloatVector r0 = load(x0 + i).sub(h).fma(s, load(g0 + i).fma(w, b)).mul(k);
        FloatVector r1 = load(x1 + i).sub(h).fma(s, load(g1 + i).fma(w, b)).mul(k);
        store(r0, y0 + i);
        store(r1, y1 + i);
      }
      for (long i = full; i < end; i += F4) {
        float t0 = Math.fma(get(g0 + i), get(weight + i), get(offset + i));
        float t1 = Math.fma(get(g1 + i), get(weight + i), get(offset + i));
        float h = get(terms + i);
        set(y0 + i, Math.fma(get(x0 + i) - h, get(slope + i), t0) * get(rstd + i));
        set(y1 + i, Math.fma(get(x1 + i) - h, get(slope + i), t1) * get(rstd + i));
      }
    }
    for (; r < rows; r++) {
      long at = r * stride;
      for (long i = 0; i < full; i += BYTES) {
        FloatVector c = load(x + at + i).sub(load(terms + i));
        FloatVector t = load(dz + at + i).fma(load(weight + i), load(offset + i));
        store(c.fma(load(slope + i), t).mul(load(rstd + i)), dx + at + i);
      }
      for (long i = full; i < end; i += F4) {
        float t = Math.fma(get(dz + at + i), get(weight + i), get(offset + i));
        float c = get(x + at + i) - get(terms + i);
        set(dx + at + i, Math.fma(c, get(slope + i), t) * get(rstd + i));
      }
    }
  }
}
