package dev.panorm.bench.compare;

import java.util.Arrays;

/** Nanoseconds per call, one value for each round. */
public final class Times {

  private final double[] sorted;

  /** Keeps the values of the rounds. */
  public Times(double... nanoseconds) {
    sorted = nanoseconds.clone();
    Arrays.sort(sorted);
  }

  /** Returns the median. */
  public double median() {
    return quantile(0.5);
  }

  /** Returns the distance between the quartiles over the median. */
  public double spread() {
    return (quantile(0.75) - quantile(0.25)) / median();
  }

  private double quantile(double share) {
    double at = share * (sorted.length - 1);
    int below = (int) at;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }
}
