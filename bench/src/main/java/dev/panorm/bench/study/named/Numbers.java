package dev.panorm.bench.study.named;

import dev.panorm.Tensor;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Figures that several studies reduce their numbers to. */
final class Numbers {

  private Numbers() {}

  static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  /** The biased variance of all elements. */
  static double variance(Tensor tensor) {
    double[] values = tensor.toDoubleArray();
    double mean = mean(values);
    return Arrays.stream(values).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
  }

  /** √Σ v². */
  static double length(double[] values) {
    return Math.sqrt(Arrays.stream(values).map(v -> v * v).sum());
  }

  /** |a − b|, as vectors. */
  static double distance(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(sum);
  }

  /** The power of x that y goes with: the slope of the line through their logarithms. */
  static double power(List<Double> x, List<Double> y) {
    double[] u = x.stream().mapToDouble(Math::log).toArray();
    double[] v = y.stream().mapToDouble(Math::log).toArray();
    double meanU = mean(u);
    double meanV = mean(v);
    double both = 0;
    double squares = 0;
    for (int i = 0; i < u.length; i++) {
      both += (u[i] - meanU) * (v[i] - meanV);
      squares += (u[i] - meanU) * (u[i] - meanU);
    }
    return both / squares;
  }

  /** (largest − smallest) / mean. */
  static double spread(List<Double> values) {
    return (max(values) - min(values)) / mean(values);
  }

  static double min(List<Double> values) {
    return Collections.min(values);
  }

  static double max(List<Double> values) {
    return Collections.max(values);
  }
}
