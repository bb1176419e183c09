package dev.panorm;

/** Where eps stands in the scale of a norm; r is what the centred value is multiplied with. */
public enum EpsMode {
  /** r = 1 / sqrt(var + eps): Ioffe and Szegedy 2015, PyTorch. */
  INSIDE_SQRT,
  /** r = 1 / (sqrt(var) + eps). */
  OUTSIDE,
  /**
   * As {@link #INSIDE_SQRT}, but eps is part of the variance itself: the variance that is reported
   * and averaged contains it.
   */
  IN_VARIANCE;

  /** Returns r for a variance; float64, since a float32 sum of both may lose either. */
  public double rstd(double variance, double eps) {
    return this == OUTSIDE ? 1 / (Math.sqrt(variance) + eps) : 1 / Math.sqrt(variance + eps);
  }

  /** Returns the variance that an r came from: the inverse of {@link #rstd}. */
  public double variance(double rstd, double eps) {
    double deviation = 1 / rstd;
    return this == OUTSIDE
        ? (deviation - eps) * (deviation - eps)
        : Math.max(0, deviation * deviation - eps);
  }

  /** Returns the variance that running statistics take in. */
  public double reported(double variance, double eps) {
    return this == IN_VARIANCE ? variance + eps : variance;
  }
}
