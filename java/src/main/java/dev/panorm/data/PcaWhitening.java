package dev.panorm.data;

import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Turns data into uncorrelated components of unit variance, the strongest first: y = (Λ +
 * εI)^(−1/2) · Uᵀ · (x − μ), where C = U Λ Uᵀ is the covariance of the training data.
 *
 * <p>C is divided by n, the number of samples. With a rank below the number of features only the
 * strongest components are kept, and the inverse gives the nearest data that they can express. ε
 * keeps weak components, mostly noise, from being blown up; with ε = 0 the whitened training data
 * have the identity for covariance. Source: Hyvärinen, Karhunen and Oja, "Independent Component
 * Analysis", 2001, section 6.4.
 */
public final class PcaWhitening extends Whitening {

  private final Shape outputSample;

  private PcaWhitening(Learned learned) {
    super(learned);
    outputSample = Shape.of(learned.forward().dim(0));
  }

  /** As {@link #fit(Scope, Tensor, double, int)} with all components. */
  public static PcaWhitening fit(Scope scope, Tensor x, double epsilon) {
    Samples.checkFit("PcaWhitening.fit", x);
    return fit(scope, x, epsilon, Samples.featureCount("PcaWhitening.fit", x.shape()));
  }

  /**
   * Learns the components.
   *
   * @param scope owner of what is learned
   * @param x training data [samples, features...], float32 or float64, finite
   * @param epsilon ε, added to the variance of each component, 0 or more
   * @param rank how many components to keep, at most the number of features and of samples
   * @throws IllegalArgumentException if an argument is none of these, or the covariance has a lower
   *     rank and ε does not make up for it
   */
  public static PcaWhitening fit(Scope scope, Tensor x, double epsilon, int rank) {
    PrincipalAxes axes = axes("PcaWhitening.fit", x, epsilon, rank);
    return new PcaWhitening(
        new Learned(
            mean(scope, axes, x),
            eigenvalues(scope, axes, rank),
            scaled(scope, axes, rank, epsilon, variance -> 1 / Math.sqrt(variance)),
            scaled(scope, axes, rank, epsilon, Math::sqrt)));
  }

  /**
   * Reads a whitening that was {@linkplain #save saved}.
   *
   * @throws IOException if the file cannot be read or holds something else
   */
  public static PcaWhitening load(Scope scope, Path file) throws IOException {
    return new PcaWhitening(Learned.load(scope, file, PcaWhitening.class));
  }

  @Override
  Shape outputSample() {
    return outputSample;
  }
}
