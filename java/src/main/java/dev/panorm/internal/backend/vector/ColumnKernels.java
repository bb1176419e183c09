package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.FLOATS;
import static dev.panorm.internal.backend.vector.Lanes.bound;
import static dev.panorm.internal.backend.vector.Lanes.first;
import static dev.panorm.internal.backend.vector.Lanes.get;
import static dev.panorm.internal.backend.vector.Lanes.getWide;
import static dev.panorm.internal.backend.vector.Lanes.load;
import static dev.panorm.internal.backend.vector.Lanes.setWide;
import static dev.panorm.internal.backend.vector.Lanes.store;
import static dev.panorm.internal.backend.vector.Lanes.zero;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Matrices whose columns have statistics, weight and bias of their own: channels-last data.
 *
 * <p>Addresses are absolute, strides in bytes from row to row; arrays with one float32 or float64
 * per column start at the matrix's first column. c stands for (x − high) − low.
 */
final class ColumnKernels {

  private static final long F4 = Float.BYTES;

  private ColumnKernels() {}

  /** Adds Σ d and Σ d² over a few rows to the float64 sums of each column, d = x − shift. */
  static void moments(
      long x, long stride, int rows, int columns, long shift, long sums, long squares) {
    int full = bound(columns);
    for (int j = 0; j < full; j += FLOATS) {
      long at = j * F4;
      FloatVector s = load(shift + at);
      FloatVector a = zero();
      FloatVector q = zero();
      for (int r = 0; r < rows; r++) {
        FloatVector d = load(x + at + r * stride).sub(s);
        a = a.add(d);
        q = d.fma(d, q);
      }
      Lanes.addEach(a, sums + 2 * at);
      Lanes.addEach(q, squares + 2 * at);
    }
    for (int j = full; j < columns; j++) {
      long at = j * F4;
      momentsOfColumn(x + at, stride, rows, get(shift + at), sums + 2 * at, squares + 2 * at);
    }
  }

  private static void momentsOfColumn(
      long x, long stride, int rows, float shift, long sum, long square) {
    double a = 0;
    double q = 0;
    for (int r = 0; r < rows; r++) {
      double d = get(x + r * stride) - shift;
      a += d;
      q += d * d;
    }
    setWide(sum, getWide(sum) + a);
    setWide(square, getWide(square) + q);
  }

  /** y = c · scale + shift; in place where y is x. */
  static void normalize(
      long x,
      long y,
      long stride,
      long yStride,
      int rows,
      int columns,
      long high,
      long low,
      long scale,
      long shift) {
    int full = bound(columns);
    for (int j = 0; j < full; j += FLOATS) {
      long at = j * F4;
      FloatVector h = load(high + at);
      FloatVector l = load(low + at);
      FloatVector k = load(scale + at);
      FloatVector b = load(shift + at);
      for (int r = 0; r < rows; r++) {
        store(load(x + at + r * stride).sub(h).sub(l).fma(k, b), y + at + r * yStride);
      }
    }
    if (full < columns) {
      long at = full * F4;
      VectorMask<Float> m = first(columns - full);
      FloatVector h = load(high + at, m);
      FloatVector l = load(low + at, m);
      FloatVector k = load(scale + at, m);
      FloatVector b = load(shift + at, m);
      for (int r = 0; r < rows; r++) {
        store(load(x + at + r * stride, m).sub(h).sub(l).fma(k, b), y + at + r * yStride, m);
      }
    }
  }

  /** Adds Σ dz and Σ dz · c over a few rows to the float64 sums of each column. */
  static void gradientSums(
      long x,
      long dz,
      long stride,
      long dzStride,
      int rows,
      int columns,
      long high,
      long low,
      long sums,
      long products) {
    int full = bound(columns);
    for (int j = 0; j < full; j += FLOATS) {
      long at = j * F4;
      FloatVector h = load(high + at);
      FloatVector l = load(low + at);
      FloatVector a = zero();
      FloatVector q = zero();
      for (int r = 0; r < rows; r++) {
        FloatVector g = load(dz + at + r * dzStride);
        a = a.add(g);
        q = load(x + at + r * stride).sub(h).sub(l).fma(g, q);
      }
      Lanes.addEach(a, sums + 2 * at);
      Lanes.addEach(q, products + 2 * at);
    }
    for (int j = full; j < columns; j++) {
      long at = j * F4;
      double a = 0;
      double q = 0;
      for (int r = 0; r < rows; r++) {
        double g = get(dz + at + r * dzStride);
        a += g;
        q += g * (get(x + at + r * stride) - get(high + at) - get(low + at));
      }
      setWide(sums + 2 * at, getWide(sums + 2 * at) + a);
      setWide(products + 2 * at, getWide(products + 2 * at) + q);
    }
  }

  /** dx = dz · scale − offset − slope · c; in place where dx is dz. */
  static void gradient(
      long x,
      long dz,
      long dx,
      long stride,
      int rows,
      int columns,
      long high,
      long low,
      long scale,
      long offset,
      long slope) {
    int full = bound(columns);
    for (int j = 0; j < full; j += FLOATS) {
      long at = j * F4;
      FloatVector h = load(high + at);
      FloatVector l = load(low + at);
      FloatVector a = load(scale + at);
      FloatVector b = load(offset + at).neg();
      FloatVector k = load(slope + at).neg();
      for (int r = 0; r < rows; r++) {
        FloatVector c = load(x + at + r * stride).sub(h).sub(l);
        store(c.fma(k, load(dz + at + r * stride).fma(a, b)), dx + at + r * stride);
      }
    }
    if (full < columns) {
      long at = full * F4;
      VectorMask<Float> m = first(columns - full);
      FloatVector h = load(high + at, m);
      FloatVector l = load(low + at, m);
      FloatVector a = load(scale + at, m);
      FloatVector b = load(offset + at, m).neg();
      FloatVector k = load(slope + at, m).neg();
      for (int r = 0; r < rows; r++) {
        FloatVector c = load(x + at + r * stride, m).sub(h).sub(l);
        store(c.fma(k, load(dz + at + r * stride, m).fma(a, b)), dx + at + r * stride, m);
      }
    }
  }
}
