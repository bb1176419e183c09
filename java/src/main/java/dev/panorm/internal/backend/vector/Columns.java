package dev.panorm.internal.backend.vector;

import dev.panorm.Activation;
import dev.panorm.ffi.streaming.StreamingColumns;

/**
 * The loops over columns: those in C where there are any, else {@link ColumnKernels}; the same
 * bits. Addresses are absolute, strides in bytes.
 */
final class Columns {

  private static final long F4 = Float.BYTES;

  private Columns() {}

  /**
   * Adds Σ d and Σ d² of each column, d = x − shift.
   *
   * @param far whether the rows that follow come from memory
   */
  static void moments(
      long x,
      long stride,
      int rows,
      int columns,
      long shift,
      long sums,
      long squares,
      boolean far) {
    if (Streaming.AVAILABLE) {
      StreamingColumns.moments(x, rows, columns, stride / F4, shift, sums, squares, far);
    } else {
      ColumnKernels.moments(x, stride, rows, columns, shift, sums, squares);
    }
  }

  /**
   * Adds Σ dz and Σ dz · c of each column.
   *
   * @param scale of a ReLU behind the norm, see {@link StreamingColumns#gradientSums}, or 0
   * @param shift likewise
   * @param far whether the rows that follow come from memory
   */
  static void gradientSums(
      long x,
      long dz,
      long stride,
      int rows,
      int columns,
      long centre,
      long scale,
      long shift,
      long sums,
      long products,
      boolean far) {
    if (Streaming.AVAILABLE) {
      StreamingColumns.gradientSums(
          x, dz, rows, columns, stride / F4, centre, scale, shift, sums, products, far);
    } else {
      ColumnKernels.gradientSums(x, dz, stride, rows, columns, centre, sums, products);
    }
  }

  /**
   * y = c · scale + shift, then what follows.
   *
   * @param after what is added to the result, see {@link StreamingColumns#normalize}, or 0
   * @param activation what is applied in the end
   * @param streams whether y goes past the caches
   */
  static void normalize(
      long x,
      long y,
      long stride,
      int rows,
      int columns,
      long centre,
      long scale,
      long shift,
      long after,
      Activation activation,
      boolean streams) {
    if (Streaming.AVAILABLE) {
      int number = Streaming.number(activation);
      StreamingColumns.normalize(
          x, y, rows, columns, stride / F4, centre, scale, shift, after, number, streams);
      return;
    }
    ColumnKernels.normalize(x, y, stride, rows, columns, centre, scale, shift);
    for (int r = 0; r < rows; r++) {
      long at = r * stride;
      BlockKernels.end(y + at, after == 0 ? 0 : after + at, activation, columns);
    }
  }

  /**
   * dx = (dz · weight + offset + slope · c) · rstd.
   *
   * @param terms address of the columns' centres, before the four others, {@code gap} bytes apart
   * @param gated whether the two terms of a ReLU follow; only of what streams
   * @param streams whether dx goes past the caches
   */
  static void gradient(
      long x,
      long dz,
      long dx,
      long stride,
      int rows,
      int columns,
      long terms,
      long gap,
      boolean gated,
      boolean streams) {
    if (Streaming.AVAILABLE) {
      StreamingColumns.gradient(
          x, dz, dx, rows, columns, stride / F4, terms, gap / F4, gated, streams);
    } else {
      ColumnKernels.gradient(x, dz, dx, stride, rows, columns, terms, gap);
    }
  }
}
