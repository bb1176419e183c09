package dev.panorm.bench.compare;

import java.util.Arrays;

/** What calls took in the rounds: nanoseconds, bytes of the Java heap, fresh pages; per call. */
final class Times {

  private final double[] nanoseconds;
  private final double[] heapBytes;
  private final double[] pages;
  private int rounds;

  Times(int rounds) {
    nanoseconds = new double[rounds];
    heapBytes = new double[rounds];
    pages = new double[rounds];
  }

  /** Adds what a round measured. */
  void add(double time, double heap, double fresh) {
    nanoseconds[rounds] = time;
    heapBytes[rounds] = heap;
    pages[rounds] = fresh;
    rounds++;
  }

  /** Returns the median time. */
  double median() {
    return quantile(nanoseconds, 0.5);
  }

  /** Returns the distance between the quartiles over the median. */
  double spread() {
    return (quantile(nanoseconds, 0.75) - quantile(nanoseconds, 0.25)) / median();
  }

  /** Returns the median of what was allocated on the Java heap. */
  double heapBytes() {
    return quantile(heapBytes, 0.5);
  }

  /** Returns the median of the pages that the system had to hand out. */
  double pages() {
    return quantile(pages, 0.5);
  }

  private double quantile(double[] values, double share) {
    double[] sorted = Arrays.copyOf(values, rounds);
    Arrays.sort(sorted);
    double at = share * (rounds - 1);
    int below = (int) at;
    int above = Math.min(below + 1, rounds - 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }
}
