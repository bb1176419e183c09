package dev.panorm.ops;

import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.backend.Backends;
import dev.panorm.backend.Operation;
import dev.panorm.internal.check.Check;
import dev.panorm.internal.check.Hold;

/** {@link LinearAlgebra#eigh}: its checks and the signs of its vectors. */
final class SymmetricEigen {

  private static final String OP = "eigh";

  private SymmetricEigen() {}

  static void decompose(Tensor a, Tensor values, Tensor vectors) {
    check(a, values, vectors);
    Hold.retain(a, values, vectors, null);
    try {
      checkFinite(a);
      if (values.elements() > 0) {
        vectors.copyFrom(a);
        Backends.select(Operation.EIGEN, a.dtype(), a.elements())
            .eigen()
            .symmetric(vectors, values);
        fixSigns(vectors);
      }
    } finally {
      Hold.release(a, values, vectors, null);
    }
  }

  private static void check(Tensor a, Tensor values, Tensor vectors) {
    Check.floating(OP, "a", a);
    boolean square = a.shape().rank() == 2 && a.dim(0) == a.dim(1);
    Check.that(square, OP, "a's shape", a.shape(), "a square matrix");
    Check.like(OP, "values", values, a.dtype(), Shape.of(a.dim(0)));
    Check.like(OP, "vectors", vectors, a.dtype(), a.shape());
    Check.writable(OP, "values", values);
    Check.writable(OP, "vectors", vectors);
    Check.apart(OP, "values", values, "a", a);
    Check.apart(OP, "values", values, "vectors", vectors);
    Check.apartOrSame(OP, "vectors", vectors, "a", a);
  }

  private static void checkFinite(Tensor a) {
    for (long row = 0; row < a.dim(0); row++) {
      for (double value : a.slice(row, row + 1).toDoubleArray()) {
        Check.that(Double.isFinite(value), OP, "a value of a", value, "finite numbers");
      }
    }
  }

  /** A vector and its negative serve alike: takes the one whose largest component is positive. */
  private static void fixSigns(Tensor vectors) {
    for (long row = 0; row < vectors.dim(0); row++) {
      Tensor vector = vectors.slice(row, row + 1);
      double[] components = vector.toDoubleArray();
      double largest = 0;
      for (double component : components) {
        largest = Math.abs(component) > Math.abs(largest) ? component : largest;
      }
      if (largest < 0) {
        for (int i = 0; i < components.length; i++) {
          components[i] = -components[i];
        }
        vector.copyFrom(components);
      }
    }
  }
}
