package dev.panorm.data;

import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;

/** Checks of [samples, features...], and their parts. */
final class Samples {

  private Samples() {}

  /** Throws unless x is floating-point, has samples and features, and at least one of each. */
  static void checkFit(String operation, Tensor x) {
    Check.floating(operation, "x", x);
    Shape shape = x.shape();
    Check.that(
        shape.rank() >= 2 && shape.elements() > 0,
        operation,
        "x's shape",
        shape,
        "[samples, features...] with at least one of each");
    featureCount(operation, shape);
  }

  /** Throws unless an output fits its input: same type, this shape, same memory or none shared. */
  static void checkOutput(
      String operation, String outputName, Tensor output, Shape expected, String name, Tensor in) {
    Check.floating(operation, name, in);
    Check.like(operation, outputName, output, in.dtype(), expected);
    Check.writable(operation, outputName, output);
    Check.apartOrSame(operation, outputName, output, name, in);
  }

  /** Returns the shape of one sample. */
  static Shape one(Shape x) {
    long[] dims = new long[x.rank() - 1];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = x.dim(i + 1);
    }
    return Shape.of(dims);
  }

  /** Returns the shape of this many samples. */
  static Shape many(long samples, Shape one) {
    long[] dims = new long[one.rank() + 1];
    dims[0] = samples;
    System.arraycopy(one.dims(), 0, dims, 1, one.rank());
    return Shape.of(dims);
  }

  /** Returns the number of values of one sample, which must fit a Java array. */
  static int featureCount(String operation, Shape x) {
    long count = x.product(1, x.rank());
    Check.that(
        count <= Integer.MAX_VALUE - 8, operation, "x's shape", x, "below 2^31 values a sample");
    return (int) count;
  }
}
