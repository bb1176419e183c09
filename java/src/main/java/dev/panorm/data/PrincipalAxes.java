package dev.panorm.data;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;
import dev.panorm.internal.check.Hold;
import dev.panorm.ops.LinearAlgebra;
import java.util.Arrays;

/**
 * Eigenvectors and eigenvalues of the covariance C = 1/n Σ (x − μ)(x − μ)ᵀ of data, float64, the
 * largest eigenvalue first.
 */
final class PrincipalAxes {

  private static final int BLOCK_VALUES = 1 << 20;

  private final double[] mean;
  private final double[] values;
  private final double[][] vectors;
  private final long samples;

  private PrincipalAxes(double[] mean, double[] values, double[][] vectors, long samples) {
    this.mean = mean;
    this.values = values;
    this.vectors = vectors;
    this.samples = samples;
  }

  /** Returns μ, one for each feature. */
  double[] mean() {
    return mean;
  }

  /** Returns the eigenvalues, descending; what rounding made negative is 0. */
  double[] values() {
    return values;
  }

  /** Returns the eigenvectors, one a row. */
  double[][] vectors() {
    return vectors;
  }

  /** Returns the axes of the features of [samples, features...]. */
  static PrincipalAxes ofFeatures(String operation, Tensor x) {
    int features = Samples.featureCount(operation, x.shape());
    double[] mean = mean(operation, x, features);
    double[] centre = negated(mean);
    try (Scope scope = Scope.open()) {
      Tensor covariance = scope.zeros(DType.FLOAT64, features, features);
      int block = Math.max(1, BLOCK_VALUES / features);
      for (long from = 0; from < x.dim(0); from += block) {
        try (Scope step = Scope.open()) {
          Tensor centred =
              Elements.shifted(step, x, from, Math.min(x.dim(0), from + block), centre);
          LinearAlgebra.mm(true, false, 1.0 / x.dim(0), centred, centred, 1, covariance);
        }
      }
      return decompose(scope, covariance, mean, x.dim(0));
    }
  }

  /** Returns the axes of the channels of images [N, C, H, W], each pixel a sample. */
  static PrincipalAxes ofChannels(String operation, Tensor x) {
    int channels = Math.toIntExact(x.dim(1));
    long pixels = x.dim(2) * x.dim(3);
    long samples = x.dim(0) * pixels;
    double[] mean = mean(operation, x, channels);
    double[] centre = spread(negated(mean), Math.toIntExact(pixels));
    try (Scope scope = Scope.open()) {
      Tensor covariance = scope.zeros(DType.FLOAT64, channels, channels);
      for (long n = 0; n < x.dim(0); n++) {
        try (Scope step = Scope.open()) {
          Tensor planes = Elements.shifted(step, x, n, n + 1, centre).view(channels, pixels);
          LinearAlgebra.mm(false, true, 1.0 / samples, planes, planes, 1, covariance);
        }
      }
      return decompose(scope, covariance, mean, samples);
    }
  }

  private static double[] mean(String operation, Tensor x, int count) {
    Hold.retain(x);
    try {
      double[] mean = new Statistics(x, count).mean();
      Statistics.checkFinite(operation, "mean", mean);
      return mean;
    } finally {
      Hold.release(x);
    }
  }

  private static double[] negated(double[] values) {
    return Arrays.stream(values).map(value -> -value).toArray();
  }

  private static double[] spread(double[] values, int times) {
    double[] spread = new double[Math.multiplyExact(values.length, times)];
    for (int i = 0; i < spread.length; i++) {
      spread[i] = values[i / times];
    }
    return spread;
  }

  private static PrincipalAxes decompose(
      Scope scope, Tensor covariance, double[] mean, long samples) {
    int n = mean.length;
    Tensor ascending = scope.empty(DType.FLOAT64, n);
    LinearAlgebra.eigh(covariance, ascending, covariance);
    double[] values = new double[n];
    double[][] vectors = new double[n][];
    for (int i = 0; i < n; i++) {
      values[i] = Math.max(0, ascending.get(n - 1 - i));
      vectors[i] = covariance.slice(n - 1 - i, n - i).toDoubleArray();
    }
    return new PrincipalAxes(mean, values, vectors, samples);
  }

  /**
   * Throws unless the first axes, as many as the rank, can be divided by √(λ + ε): an eigenvalue of
   * a covariance that has none is not 0 but a rounding error, at most max(n, features)·2^−52 of the
   * largest.
   */
  void checkRank(String operation, int rank, double epsilon) {
    double noise = Math.max(samples, mean.length) * 0x1p-52 * values[0];
    int found = 0;
    while (found < rank && values[found] + epsilon > noise) {
      found++;
    }
    Check.that(
        found == rank,
        operation,
        "rank of x's covariance",
        found,
        "at least the rank asked, " + rank + ", or a larger epsilon than " + epsilon);
  }
}
