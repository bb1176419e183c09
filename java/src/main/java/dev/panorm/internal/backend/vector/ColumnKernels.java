package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.BYTES;
import static dev.panorm.internal.backend.vector.Lanes.first;
import static dev.panorm.internal.backend.vector.Lanes.load;
import static dev.panorm.internal.backend.vector.Lanes.store;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Matrices whose columns have statistics, weight and bias of their own: channels-last data.
 *
 * <p>Conventions are those of {@link RunKernels}; arrays with one float32 per column start at the
 * matrix's first column. Each kernel has a form for {@link #TOGETHER} rows, which reads those
 * arrays once for all of them, and one for a single row; {@code together} is either.
 */
final class ColumnKernels {

  /** Rows that are taken at once. */
  static final int TOGETHER = 4;

  private ColumnKernels() {}

  /** Adds d and d² of a few rows to sums of each column, d = x − shift. */
  static void moments(
      long x,
      long stride,
      int rows,
      int together,
      int columns,
      long shift,
      long sums,
      long squares) {
    int r = 0;
    for (; together == TOGETHER && r + TOGETHER <= rows; r += TOGETHER) {
      momentsOfRows(x + r * stride, stride, columns, shift, sums, squares);
    }
    for (; r < rows; r++) {
      momentsOfRow(x + r * stride, columns, shift, sums, squares);
    }
  }

  private static void momentsOfRows(
      long x, long stride, int columns, long shift, long sums, long squares) {
    long x1 = x + stride;
    long x2 = x1 + stride;
    long x3 = x2 + stride;
    long full = Lanes.fullBytes(columns, 1);
    for (long i = 0; i < full; i += BYTES) {
      FloatVector s = load(shift + i);
      FloatVector d0 = load(x + i).sub(s);
      FloatVector d1 = load(x1 + i).sub(s);
      FloatVector d2 = load(x2 + i).sub(s);
      FloatVector d3 = load(x3 + i).sub(s);
      store(d0.add(d1).add(d2.add(d3)).add(load(sums + i)), sums + i);
      FloatVector q = d1.fma(d1, d0.fma(d0, load(squares + i)));
      store(d3.fma(d3, d2.fma(d2, q)), squares + i);
    }
    int rest = columns % Lanes.FLOATS;
    for (int r = 0; rest > 0 && r < TOGETHER; r++) {
      momentsOfRow(x + full + r * stride, rest, shift + full, sums + full, squares + full);
    }
  }

  private static void momentsOfRow(long x, int columns, long shift, long sums, long squares) {
    long full = Lanes.fullBytes(columns, 1);
    for (long i = 0; i < full; i += BYTES) {
      FloatVector d = load(x + i).sub(load(shift + i));
      store(load(sums + i).add(d), sums + i);
      store(d.fma(d, load(squares + i)), squares + i);
    }
    int rest = columns % Lanes.FLOATS;
    if (rest > 0) {
      VectorMask<Float> m = first(rest);
      FloatVector d = load(x + full, m).sub(load(shift + full, m));
      store(load(sums + full, m).add(d), sums + full, m);
      store(d.fma(d, load(squares + full, m)), squares + full, m);
    }
  }

  /** y = c · scale + shift; in place where y is x. */
  static void normalize(
      long x,
      long y,
      long stride,
      long yStride,
      int rows,
      int columns,
      long centre,
      long scale,
      long shift) {
    int r = 0;
    for (; r + TOGETHER <= rows; r += TOGETHER) {
      normalizeRows(
          x + r * stride, y + r * yStride, stride, yStride, columns, centre, scale, shift);
    }
    for (; r < rows; r++) {
      normalizeRow(x + r * stride, y + r * yStride, columns, centre, scale, shift);
    }
  }

  private static void normalizeRows(
      long x, long y, long stride, long yStride, int columns, long centre, long scale, long shift) {
    long x1 = x + stride;
    long x2 = x1 + stride;
    long x3 = x2 + stride;
    long y1 = y + yStride;
    long y2 = y1 + yStride;
    long y3 = y2 + yStride;
    long full = Lanes.fullBytes(columns, 1);
    for (long i = 0; i < full; i += BYTES) {
      FloatVector h = load(centre + i);
      FloatVector k = load(scale + i);
      FloatVector b = load(shift + i);
      store(load(x + i).sub(h).fma(k, b), y + i);
      store(load(x1 + i).sub(h).fma(k, b), y1 + i);
      store(load(x2 + i).sub(h).fma(k, b), y2 + i);
      store(load(x3 + i).sub(h).fma(k, b), y3 + i);
    }
    int rest = columns % Lanes.FLOATS;
    for (int r = 0; rest > 0 && r < TOGETHER; r++) {
      normalizeRow(
          x + full + r * stride,
          y + full + r * yStride,
          rest,
          centre + full,
          scale + full,
          shift + full);
    }
  }

  private static void normalizeRow(
      long x, long y, int columns, long centre, long scale, long shift) {
    long full = Lanes.fullBytes(columns, 1);
    for (long i = 0; i < full; i += BYTES) {
      FloatVector c = load(x + i).sub(load(centre + i));
      store(c.fma(load(scale + i), load(shift + i)), y + i);
    }
    int rest = columns % Lanes.FLOATS;
    if (rest > 0) {
      VectorMask<Float> m = first(rest);
      FloatVector c = load(x + full, m).sub(load(centre + full, m));
      store(c.fma(load(scale + full, m), load(shift + full, m)), y + full, m);
    }
  }

  /** Adds dz and dz · c of a few rows to sums of each column. */
  static void gradientSums(
      long x,
      long dz,
      long stride,
      long dzStride,
      int rows,
      int together,
      int columns,
      long centre,
      long sums,
      long products) {
    int r = 0;
    for (; together == TOGETHER && r + TOGETHER <= rows; r += TOGETHER) {
      gradientSumsOfRows(
          x + r * stride, dz + r * dzStride, stride, dzStride, columns, centre, sums, products);
    }
    for (; r < rows; r++) {
      gradientSumsOfRow(x + r * stride, dz + r * dzStride, columns, centre, sums, products);
    }
  }

  private static void gradientSumsOfRows(
      long x,
      long dz,
      long stride,
      long dzStride,
      int columns,
      long centre,
      long sums,
      long products) {
    long x1 = x + stride;
    long x2 = x1 + stride;
    long x3 = x2 + stride;
    long g1 = dz + dzStride;
    long g2 = g1 + dzStride;
    long g3 = g2 + dzStride;
    long full = Lanes.fullBytes(columns, 1);
    for (long i = 0; i < full; i += BYTES) {
      FloatVector h = load(centre + i);
      FloatVector d0 = load(dz + i);
      FloatVector d1 = load(g1 + i);
      FloatVector d2 = load(g2 + i);
      FloatVector d3 = load(g3 + i);
      store(d0.add(d1).add(d2.add(d3)).add(load(sums + i)), sums + i);
      FloatVector p = load(x + i).sub(h).fma(d0, load(products + i));
      p = load(x1 + i).sub(h).fma(d1, p);
      p = load(x2 + i).sub(h).fma(d2, p);
      store(load(x3 + i).sub(h).fma(d3, p), products + i);
    }
    int rest = columns % Lanes.FLOATS;
    for (int r = 0; rest > 0 && r < TOGETHER; r++) {
      gradientSumsOfRow(
          x + full + r * stride,
          dz + full + r * dzStride,
          rest,
          centre + full,
          sums + full,
          products + full);
    }
  }

  private static void gradientSumsOfRow(
      long x, long dz, int columns, long centre, long sums, long products) {
    long full = Lanes.fullBytes(columns, 1);
    for (long i = 0; i < full; i += BYTES) {
      FloatVector d = load(dz + i);
      FloatVector c = load(x + i).sub(load(centre + i));
      store(load(sums + i).add(d), sums + i);
      store(c.fma(d, load(products + i)), products + i);
    }
    int rest = columns % Lanes.FLOATS;
    if (rest > 0) {
      VectorMask<Float> m = first(rest);
      FloatVector d = load(dz + full, m);
      FloatVector c = load(x + full, m).sub(load(centre + full, m));
      store(load(sums + full, m).add(d), sums + full, m);
      store(c.fma(d, load(products + full, m)), products + full, m);
    }
  }

  /**
   * dx = rstd · (dz · weight + offset + slope · c); in place where dx is dz.
   *
   * @param terms arrays of centre, weight, offset, slope and rstd, {@code gap} bytes apart
   */
  static void gradient(
      long x, long dz, long dx, long stride, int rows, int columns, long terms, long gap) {
    int r = 0;
    for (; r + 2 <= rows; r += 2) {
      long at = r * stride;
      gradientOfRows(x + at, dz + at, dx + at, stride, columns, terms, gap);
    }
    for (; r < rows; r++) {
      long at = r * stride;
      gradientOfRow(x + at, dz + at, dx + at, columns, terms, gap);
    }
  }

  private static void gradientOfRows(
      long x, long dz, long dx, long stride, int columns, long terms, long gap) {
    long x1 = x + stride;
    long g1 = dz + stride;
    long y1 = dx + stride;
    long weight = terms + gap;
    long offset = weight + gap;
    long slope = offset + gap;
    long rstd = slope + gap;
    long full = Lanes.fullBytes(columns, 1);
    for (long i = 0; i < full; i += BYTES) {
      FloatVector h = load(terms + i);
      FloatVector w = load(weight + i);
      FloatVector b = load(offset + i);
      FloatVector s = load(slope + i);
      FloatVector k = load(rstd + i);
      FloatVector t0 = load(dz + i).mul(w).add(b);
      FloatVector t1 = load(g1 + i).mul(w).add(b);
      store(load(x + i).sub(h).fma(s, t0).mul(k), dx + i);
      store(load(x1 + i).sub(h).fma(s, t1).mul(k), y1 + i);
    }
    int rest = columns % Lanes.FLOATS;
    for (int r = 0; rest > 0 && r < 2; r++) {
      long at = full + r * stride;
      gradientOfRow(x + at, dz + at, dx + at, rest, terms + full, gap);
    }
  }

  private static void gradientOfRow(long x, long dz, long dx, int columns, long terms, long gap) {
    long weight = terms + gap;
    long offset = weight + gap;
    long slope = offset + gap;
    long rstd = slope + gap;
    long full = Lanes.fullBytes(columns, 1);
    for (long i = 0; i < full; i += BYTES) {
      FloatVector c = load(x + i).sub(load(terms + i));
      FloatVector t = load(dz + i).mul(load(weight + i)).add(load(offset + i));
      store(c.fma(load(slope + i), t).mul(load(rstd + i)), dx + i);
    }
    int rest = columns % Lanes.FLOATS;
    if (rest > 0) {
      VectorMask<Float> m = first(rest);
      FloatVector c = load(x + full, m).sub(load(terms + full, m));
      FloatVector t = load(dz + full, m).mul(load(weight + full, m)).add(load(offset + full, m));
      store(c.fma(load(slope + full, m), t).mul(load(rstd + full, m)), dx + full, m);
    }
  }
}
