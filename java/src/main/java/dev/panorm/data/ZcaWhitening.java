package dev.panorm.data;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.ops.LinearAlgebra;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.DoubleUnaryOperator;

/**
 * Makes features uncorrelated and of unit variance while changing the data as little as possible,
 * so that images stay images: y = U · (Λ + εI)^(−1/2) · Uᵀ · (x − μ), where C = U Λ Uᵀ is the
 * covariance of the training data.
 *
 * <p>C is divided by n, the number of samples. With a rank below the number of features the weaker
 * components are dropped, here and in the inverse. ε keeps them from being blown up; with ε = 0 and
 * full rank the whitened training data have the identity for covariance. The result has the shape
 * of the data. Sources: Bell and Sejnowski, "The independent components of natural scenes are edge
 * filters", Vision Research 37, 1997; Krizhevsky, "Learning multiple layers of features from tiny
 * images", 2009, appendix A.
 */
public final class ZcaWhitening extends Whitening {

  private ZcaWhitening(Learned learned) {
    super(learned);
  }

  /** As {@link #fit(Scope, Tensor, double, int)} with full rank. */
  public static ZcaWhitening fit(Scope scope, Tensor x, double epsilon) {
    Samples.checkFit("ZcaWhitening.fit", x);
    return fit(scope, x, epsilon, Samples.featureCount("ZcaWhitening.fit", x.shape()));
  }

  /**
   * Learns the transformation.
   *
   * @param scope owner of what is learned
   * @param x training data [samples, features...], float32 or float64, finite
   * @param epsilon ε, added to the variance of each component, 0 or more
   * @param rank how many components to keep, at most the number of features and of samples
   * @throws IllegalArgumentException if an argument is none of these, or the covariance has a lower
   *     rank and ε does not make up for it
   */
  public static ZcaWhitening fit(Scope scope, Tensor x, double epsilon, int rank) {
    PrincipalAxes axes = axes("ZcaWhitening.fit", x, epsilon, rank);
    return new ZcaWhitening(
        new Learned(
            mean(scope, axes, x),
            eigenvalues(scope, axes, rank),
            symmetric(scope, axes, rank, epsilon, variance -> 1 / Math.sqrt(variance)),
            symmetric(scope, axes, rank, epsilon, Math::sqrt)));
  }

  /** U · f(Λ + εI) · Uᵀ as a product of a matrix with its own transpose. */
  private static Tensor symmetric(
      Scope scope, PrincipalAxes axes, int rank, double epsilon, DoubleUnaryOperator f) {
    int features = axes.mean().length;
    Tensor matrix = scope.empty(DType.FLOAT64, features, features);
    try (Scope step = Scope.open()) {
      Tensor half =
          scaled(step, axes, rank, epsilon, variance -> Math.sqrt(f.applyAsDouble(variance)));
      LinearAlgebra.mm(true, false, half, half, matrix);
    }
    return matrix;
  }

  /**
   * Reads a whitening that was {@linkplain #save saved}.
   *
   * @throws IOException if the file cannot be read or holds something else
   */
  public static ZcaWhitening load(Scope scope, Path file) throws IOException {
    return new ZcaWhitening(Learned.load(scope, file, ZcaWhitening.class));
  }

  @Override
  Shape outputSample() {
    return mean().shape();
  }
}
