package dev.panorm.bench.compare;

import dev.panorm.Tensor;
import java.util.List;
import java.util.Locale;

/**
 * How far results are from what was expected; of several tensors the worst.
 *
 * @param largest difference, over the largest magnitude
 * @param typical root of the squared differences' sum over that of the squares' sum: where a
 *     function has a kink, rounding may put single elements on its other side
 */
record Difference(double largest, double typical) {

  static Difference of(List<Tensor> results, List<float[]> expected) {
    Difference worst = new Difference(0, 0);
    for (int i = 0; i < expected.size(); i++) {
      Difference next = of(results.get(i).toFloatArray(), expected.get(i));
      worst =
          new Difference(
              Math.max(worst.largest, next.largest), Math.max(worst.typical, next.typical));
    }
    return worst;
  }

  private static Difference of(float[] got, float[] expected) {
    double magnitude = 0;
    double largest = 0;
    double squares = 0;
    double sum = 0;
    for (int i = 0; i < expected.length; i++) {
      double difference = Math.abs((double) got[i] - expected[i]);
      magnitude = Math.max(magnitude, Math.abs(expected[i]));
      largest = Math.max(largest, difference); // NaN stays
      squares += difference * difference;
      sum += (double) expected[i] * expected[i];
    }
    return new Difference(largest / magnitude, Math.sqrt(squares / sum));
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "off by %.2g, typically %.2g", largest, typical);
  }
}
