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
 * Scales features into a range: y = low + (high − low) · (x − min) / (max − min), with minimum and
 * maximum of the training data.
 *
 * <p>Other data may leave the range; nothing is clipped. A constant feature becomes {@code low}:
 * its span counts as 1, so that the inverse still holds. Source: Han, Kamber and Pei, "Data
 * Mining", 3rd edition, section 3.5.2, min-max normalization.
 */
public final class MinMaxScaler extends FeatureScaler {

  private final Tensor minimum;
  private final Tensor span;
  private final double low;
  private final double high;

  private MinMaxScaler(Tensor minimum, Tensor span, double low, double high) {
    super(minimum, span, low, high);
    this.minimum = minimum;
    this.span = span;
    this.low = low;
    this.high = high;
  }

  /** Learns the range of each feature, to scale it into [0, 1]. */
  public static MinMaxScaler fit(Scope scope, Tensor x) {
    return fit(scope, x, Per.FEATURE, 0, 1);
  }

  /**
   * Learns ranges.
   *
   * @param scope owner of what is learned
   * @param x training data [samples, features...], float32 or float64, finite
   * @param per which values share a range
   * @param low where the minimum goes
   * @param high where the maximum goes, above low
   * @throws IllegalArgumentException if an argument is none of these
   */
  public static MinMaxScaler fit(Scope scope, Tensor x, Per per, double low, double high) {
    String operation = "MinMaxScaler.fit";
    Samples.checkFit(operation, x);
    checkRange(operation, low, high);
    Shape shape = per.statistics(Samples.one(x.shape()));
    double[] minimum;
    double[] span;
    Hold.retain(x);
    try {
      Statistics statistics = new Statistics(x, (int) shape.elements());
      minimum = statistics.minimum();
      span = statistics.maximum();
    } finally {
      Hold.release(x);
    }
    for (int s = 0; s < span.length; s++) {
      span[s] -= minimum[s];
    }
    Statistics.checkFinite(operation, "maximum - minimum", span);
    Statistics.replaceZeros(span);
    return new MinMaxScaler(tensor(scope, minimum, shape), tensor(scope, span, shape), low, high);
  }

  /**
   * Reads a scaler that was {@linkplain #save saved}.
   *
   * @throws IOException if the file cannot be read or holds something else
   */
  public static MinMaxScaler load(Scope scope, Path file) throws IOException {
    try (SavedTransform saved =
        SavedTransform.open(file, MinMaxScaler.class, Set.of("minimum", "span", "range"))) {
      SavedTransform.check(file, "span's shape", saved.shape("span"), saved.shape("minimum"));
      SavedTransform.check(file, "range's shape", saved.shape("range"), Shape.of(2));
      Tensor range = saved.load("range", scope);
      SavedTransform.check(file, "low below high", range.get(0) < range.get(1), true);
      return new MinMaxScaler(
          saved.load("minimum", scope),
          saved.loadSpread("span", scope),
          range.get(0),
          range.get(1));
    }
  }

  @Override
  public void save(Path file) throws IOException {
    try (Scope scope = Scope.open()) {
      Tensor range = scope.of(new double[] {low, high});
      SavedTransform.write(
          file, MinMaxScaler.class, Map.of("minimum", minimum, "span", span, "range", range));
    }
  }

  private static void checkRange(String operation, double low, double high) {
    Check.that(
        low < high && Double.isFinite(high - low),
        operation,
        "range",
        "[" + low + ", " + high + "]",
        "finite numbers, low below high");
  }

  /** Returns the minimum of each feature, float64. */
  public Tensor minimum() {
    return minimum;
  }

  /** Returns maximum − minimum of each feature, float64; 1 where the feature is constant. */
  public Tensor span() {
    return span;
  }

  /** Returns where the minimum goes. */
  public double low() {
    return low;
  }

  /** Returns where the maximum goes. */
  public double high() {
    return high;
  }
}
