package dev.panorm.bench.study.named;

import java.util.List;
import java.util.stream.IntStream;

/**
 * How much larger one figure is than another, over several seeds.
 *
 * @param mean of the differences
 * @param error standard error of that mean
 */
record Difference(double mean, double error) {

  /** Compares run by run, two or more. */
  static Difference of(List<Double> larger, List<Double> smaller) {
    int n = larger.size();
    List<Double> all = IntStream.range(0, n).mapToObj(i -> larger.get(i) - smaller.get(i)).toList();
    double mean = Numbers.mean(all);
    double squares = all.stream().mapToDouble(d -> (d - mean) * (d - mean)).sum();
    return new Difference(mean, Math.sqrt(squares / (n - 1) / n));
  }

  /** Whether it is above 0 by two standard errors. */
  boolean isAboveNoise() {
    return mean > 2 * error;
  }

  @Override
  public String toString() {
    return Say.format("%.2f ± %.2f", mean, error);
  }
}
