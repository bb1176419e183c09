package dev.panorm.init;

import dev.panorm.RandomStream;

/**
 * N(0, 1) within [low, high], by rejection.
 *
 * <p>Where the interval holds much of the normal distribution, normal numbers are drawn until one
 * lies inside; else uniform ones of the interval, each kept with probability φ(x) / max φ. Try k of
 * element i uses index i · 2³² + k, so that elements stay independent.
 *
 * @param low smallest value
 * @param high largest value
 * @param stream source of the tries
 */
record TruncatedNormal(double low, double high, RandomStream stream) {

  /** Beyond this distance from the mode, φ is below 2^−53 of its maximum: no draw gets there. */
  private static final double REACH = 9;

  /** The interval then holds (0.5, 1.5) or its mirror image at least: 24 % of the distribution. */
  private boolean wide() {
    return high - low >= 1 && low < 0.5 && high > -0.5;
  }

  double draw(long element) {
    long index = element << 32;
    return wide() ? fromNormal(index) : fromUniform(index);
  }

  private double fromNormal(long index) {
    long next = index;
    double x = stream.normal(next++);
    while (!(x >= low && x <= high)) {
      x = stream.normal(next++);
    }
    return x;
  }

  private double fromUniform(long index) {
    double mode = Math.clamp(0.0, low, high);
    double from = Math.max(low, mode - REACH);
    double to = Math.min(high, mode + REACH);
    long next = index;
    while (true) {
      double x = from + (to - from) * stream.uniform(next++);
      if (stream.uniform(next++) <= StrictMath.exp((mode * mode - x * x) / 2)) {
        return x;
      }
    }
  }
}
