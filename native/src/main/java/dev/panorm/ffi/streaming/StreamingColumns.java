package dev.panorm.ffi.streaming;

import dev.panorm.ffi.Downcalls;

/**
 * Loops over matrices whose columns have terms of their own; what {@link StreamingKernels} says of
 * addresses, rounding, fences and threads holds here.
 */
public final class StreamingColumns {

  private StreamingColumns() {}

  /**
   * Adds Σ d and Σ d² of each column to its sums, d = x − shift, in float32: (d₀ + d₁) + (d₂ + d₃)
   * for four rows at a time, and what is left row by row.
   *
   * @param x address of the first row
   * @param rows number of rows
   * @param columns number of columns
   * @param stride from row to row
   * @param shift address of an element for each column
   * @param sums address of an element for each column
   * @param squares address of an element for each column
   * @param far whether to ask for the rows that follow, which come from memory
   */
  public static void moments(
      long x,
      long rows,
      long columns,
      long stride,
      long shift,
      long sums,
      long squares,
      boolean far) {
    try {
      StreamingHandles.COLUMN_MOMENTS.invokeExact(
          x, rows, columns, stride, shift, sums, squares, far);
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }

  /**
   * As {@link #moments}, but to float64 sums, to which those of 128 rows at a time are added.
   *
   * @param columns number of columns, no more than 2,048
   * @param sums address of a float64 for each column
   * @param squares address of a float64 for each column
   */
  public static void momentsOfPart(
      long x,
      long rows,
      long columns,
      long stride,
      long shift,
      long sums,
      long squares,
      boolean far) {
    try {
      StreamingHandles.COLUMN_MOMENTS_OF_PART.invokeExact(
          x, rows, columns, stride, shift, sums, squares, far);
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }

  /**
   * Adds Σ dz and Σ dz · c of each column to its sums, in the order of {@link #moments}. With a
   * scale and a shift dz is what stands at {@code dz} where c · scale + shift is above 0, and 0
   * elsewhere: the gradient behind a ReLU.
   *
   * @param x address of the first row
   * @param dz address of the gradients' first row
   * @param rows number of rows
   * @param columns number of columns
   * @param stride from row to row, of both
   * @param centre address of an element for each column
   * @param scale address of an element for each column, or 0
   * @param shift address of an element for each column, or 0
   * @param sums address of an element for each column
   * @param products address of an element for each column
   * @param far whether to ask for the rows that follow, which come from memory
   */
  public static void gradientSums(
      long x,
      long dz,
      long rows,
      long columns,
      long stride,
      long centre,
      long scale,
      long shift,
      long sums,
      long products,
      boolean far) {
    try {
      StreamingHandles.COLUMN_GRADIENT_SUMS.invokeExact(
          x, dz, rows, columns, stride, centre, scale, shift, sums, products, far);
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }

  /**
   * As {@link #gradientSums}, but to float64 sums, to which those of 128 rows at a time are added.
   *
   * @param columns number of columns, no more than 2,048
   * @param sums address of a float64 for each column
   * @param products address of a float64 for each column
   */
  public static void gradientSumsOfPart(
      long x,
      long dz,
      long rows,
      long columns,
      long stride,
      long centre,
      long scale,
      long shift,
      long sums,
      long products,
      boolean far) {
    try {
      StreamingHandles.COLUMN_GRADIENT_SUMS_OF_PART.invokeExact(
          x, dz, rows, columns, stride, centre, scale, shift, sums, products, far);
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }

  /**
   * y = c · scale + shift of a matrix whose columns have a centre, scale and shift of their own,
   * then what follows.
   *
   * @param x address of the first row
   * @param y address of the result; may be x if it does not stream
   * @param rows number of rows
   * @param columns number of columns
   * @param stride from row to row, of x and of y
   * @param centre address of an element for each column
   * @param scale address of an element for each column
   * @param shift address of an element for each column
   * @param after address of what is added to the first row of the result, as y stands; 0 for
   *     nothing
   * @param activation what is applied in the end: 0 nothing, 1 ReLU, 2 GELU, 3 its tanh form, 4
   *     SiLU, 5 the sigmoid, 6 tanh
   * @param streams whether the result goes past the caches
   */
  public static void normalize(
      long x,
      long y,
      long rows,
      long columns,
      long stride,
      long centre,
      long scale,
      long shift,
      long after,
      int activation,
      boolean streams) {
    try {
      StreamingHandles.NORMALIZE_COLUMNS.invokeExact(
          x, y, rows, columns, stride, centre, scale, shift, after, activation, streams);
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }

  /**
   * dx = (dz · weight + offset + slope · c) · rstd of a matrix whose columns have a centre, weight,
   * offset, slope and rstd of their own.
   *
   * @param x address of the first row
   * @param dz address of the gradients' first row
   * @param dx address of the result
   * @param rows number of rows
   * @param columns number of columns
   * @param stride from row to row, of all three
   * @param terms address of the columns' centres, before the four others in this order
   * @param gap from one kind of term to the next
   * @param gated whether two more terms follow, scale and shift as in {@link #gradientSums}
   * @param streams whether the result goes past the caches
   */
  public static void gradient(
      long x,
      long dz,
      long dx,
      long rows,
      long columns,
      long stride,
      long terms,
      long gap,
      boolean gated,
      boolean streams) {
    try {
      StreamingHandles.GRADIENT_COLUMNS.invokeExact(
          x, dz, dx, rows, columns, stride, terms, gap, gated, streams);
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }
}
