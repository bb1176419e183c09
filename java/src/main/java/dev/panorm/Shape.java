package dev.panorm;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The sizes of a tensor's dimensions, row-major and contiguous; immutable.
 *
 * <p>A size may be 0 (an empty batch); a shape without dimensions is a scalar of one element.
 */
public final class Shape {

  private static final Shape SCALAR = new Shape(new long[0], 1);

  private final long[] dims;
  private final long elements;

  private Shape(long[] dims, long elements) {
    this.dims = dims;
    this.elements = elements;
  }

  /**
   * Returns the shape with these sizes.
   *
   * @throws IllegalArgumentException if a size is negative or the number of elements does not fit a
   *     long
   */
  public static Shape of(long... dims) {
    return dims.length == 0 ? SCALAR : new Shape(dims.clone(), count(dims));
  }

  private static long count(long[] dims) {
    long product = 1;
    for (long dim : dims) {
      if (dim < 0) {
        throw new IllegalArgumentException(
            "shape: size is " + dim + " in " + Arrays.toString(dims) + ", expected 0 or more");
      }
      try {
        product = Math.multiplyExact(product, dim);
      } catch (ArithmeticException e) {
        throw new IllegalArgumentException(
            "shape: " + Arrays.toString(dims) + " has more than 2^63 - 1 elements", e);
      }
    }
    return product;
  }

  /** Returns the number of dimensions. */
  public int rank() {
    return dims.length;
  }

  /** Returns the number of elements, the product of all sizes. */
  public long elements() {
    return elements;
  }

  /**
   * Returns the size of one dimension.
   *
   * @param index from 0, or negative to count from the end
   */
  public long dim(int index) {
    return dims[axis(index)];
  }

  /** Returns the dimension's number from 0 for an index that may count from the end. */
  public int axis(int index) {
    int axis = index < 0 ? index + dims.length : index;
    if (axis < 0 || axis >= dims.length) {
      throw new IllegalArgumentException(
          "shape: dimension " + index + " of " + this + " does not exist");
    }
    return axis;
  }

  /** Returns a copy of the sizes. */
  public long[] dims() {
    return dims.clone();
  }

  /**
   * Returns the product of the sizes from one dimension (inclusive) to another (exclusive), 1 where
   * there are none.
   */
  public long product(int from, int to) {
    long product = 1;
    for (int i = from; i < to; i++) {
      product *= dims[i];
    }
    return product;
  }

  /** Returns this shape with one size replaced. */
  public Shape with(int index, long size) {
    long[] changed = dims.clone();
    changed[axis(index)] = size;
    return of(changed);
  }

  @Override
  public boolean equals(Object other) {
    return this == other || (other instanceof Shape shape && Arrays.equals(dims, shape.dims));
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** Returns the sizes in brackets: {@code [2, 3]}. */
  @Override
  public String toString() {
    return Arrays.stream(dims).mapToObj(Long::toString).collect(Collectors.joining(", ", "[", "]"));
  }
}
