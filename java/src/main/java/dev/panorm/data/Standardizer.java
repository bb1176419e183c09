package dev.panorm.data;

import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;
import dev.panorm.internal.check.Hold;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * Gives features zero mean and unit variance: y = (x − μ) / σ, with mean and standard deviation of
 * the training data.
 *
 * <p>σ² = 1/n Σ (x − μ)², the biased variance as in BatchNorm. A constant feature becomes 0: its σ
 * counts as 1, so that the inverse still holds. Source: LeCun, Bottou, Orr and Müller, "Efficient
 * BackProp", 1998, section 4.3.
 */
public final class Standardizer extends FeatureScaler {

  private final Tensor mean;
  private final Tensor deviation;

  private Standardizer(Tensor mean, Tensor deviation) {
    super(mean, deviation, 0, 1);
    this.mean = mean;
    this.deviation = deviation;
  }

  /** Learns mean and deviation of each feature. */
  public static Standardizer fit(Scope scope, Tensor x) {
    return fit(scope, x, Per.FEATURE);
  }

  /**
   * Learns means and deviations.
   *
   * @param scope owner of what is learned
   * @param x training data [samples, features...], float32 or float64, finite
   * @param per which values share a mean and a deviation
   * @throws IllegalArgumentException if an argument is none of these
   */
  public static Standardizer fit(Scope scope, Tensor x, Per per) {
    String operation = "Standardizer.fit";
    Samples.checkFit(operation, x);
    Shape shape = per.statistics(Samples.one(x.shape()));
    double[] mean;
    double[] deviation;
    Hold.retain(x);
    try {
      Statistics statistics = new Statistics(x, (int) shape.elements());
      mean = statistics.mean();
      deviation = statistics.variance(mean);
    } finally {
      Hold.release(x);
    }
    Statistics.checkFinite(operation, "variance", deviation);
    for (int s = 0; s < deviation.length; s++) {
      deviation[s] = Math.sqrt(deviation[s]);
    }
    Statistics.replaceZeros(deviation);
    return new Standardizer(tensor(scope, mean, shape), tensor(scope, deviation, shape));
  }

  /**
   * Returns the standardizer of one mean and deviation for all values, such as published ones.
   *
   * @throws IllegalArgumentException if the mean is not finite or the deviation not above 0
   */
  public static Standardizer of(Scope scope, double mean, double deviation) {
    return of(scope, Shape.of(), new double[] {mean}, new double[] {deviation});
  }

  /**
   * Returns the standardizer of a mean and a deviation for each channel, such as published ones.
   *
   * @throws IllegalArgumentException if there are not as many deviations as means, or a mean is not
   *     finite, or a deviation not above 0
   */
  public static Standardizer of(Scope scope, double[] means, double[] deviations) {
    return of(scope, Shape.of(means.length), means, deviations);
  }

  private static Standardizer of(Scope scope, Shape shape, double[] means, double[] deviations) {
    String operation = "Standardizer.of";
    Check.that(
        means.length == deviations.length,
        operation,
        "number of deviations",
        deviations.length,
        means.length);
    for (int s = 0; s < means.length; s++) {
      Check.that(Double.isFinite(means[s]), operation, "mean", means[s], "a finite number");
      Check.that(
          deviations[s] > 0 && Double.isFinite(deviations[s]),
          operation,
          "deviation",
          deviations[s],
          "a finite number above 0");
    }
    return new Standardizer(tensor(scope, means, shape), tensor(scope, deviations, shape));
  }

  /**
   * Reads a standardizer that was {@linkplain #save saved}.
   *
   * @throws IOException if the file cannot be read or holds something else
   */
  public static Standardizer load(Scope scope, Path file) throws IOException {
    try (SavedTransform saved =
        SavedTransform.open(file, Standardizer.class, Set.of("mean", "deviation"))) {
      SavedTransform.check(
          file, "deviation's shape", saved.shape("deviation"), saved.shape("mean"));
      return new Standardizer(saved.load("mean", scope), saved.loadSpread("deviation", scope));
    }
  }

  @Override
  public void save(Path file) throws IOException {
    SavedTransform.write(file, Standardizer.class, Map.of("mean", mean, "deviation", deviation));
  }

  /** Returns the mean of each feature, float64. */
  public Tensor mean() {
    return mean;
  }

  /** Returns the standard deviation of each feature, float64; 1 where the feature is constant. */
  public Tensor deviation() {
    return deviation;
  }
}
