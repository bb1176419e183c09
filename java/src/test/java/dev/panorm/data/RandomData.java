package dev.panorm.data;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.internal.random.Philox;

/** Data for tests: each follows from its seed. */
final class RandomData {

  private RandomData() {}

  /** Normal numbers; feature f has mean 10·f − 7 and deviation 1 + f mod 3. */
  static Tensor normal(Scope scope, DType dtype, long seed, long... dims) {
    Tensor x = scope.empty(dtype, dims);
    int features = (int) (x.elements() / dims[0]);
    double[] values = new double[(int) x.elements()];
    for (int i = 0; i < values.length; i++) {
      int f = i % features;
      values[i] = 10 * f - 7 + (1 + f % 3) * Philox.normal(seed, 0, i);
    }
    x.copyFrom(values);
    return x;
  }
}
