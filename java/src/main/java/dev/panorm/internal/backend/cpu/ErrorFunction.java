package dev.panorm.internal.backend.cpu;

/**
 * The error function in float64, relative error below 1e-14.
 *
 * <p>Source: Abramowitz and Stegun 1964, 7.1.6 (series of positive terms, so nothing cancels) and
 * 7.1.14 (continued fraction).
 */
public final class ErrorFunction {

  /** Where the continued fraction takes over: it needs fewer steps the larger x is. */
  private static final double TAIL = 3;

  /** Beyond, erfc is below the smallest float64. */
  private static final double VANISHED = 27.3;

  private static final int TAIL_STEPS = 60;

  private ErrorFunction() {}

  /** Returns erf(x) = 2/√π · ∫ exp(−t²) dt from 0 to x. */
  public static double erf(double x) {
    double magnitude = Math.abs(x);
    return magnitude > TAIL ? Math.copySign(1 - tail(magnitude), x) : series(x);
  }

  /** Returns erfc(x) = 1 − erf(x), accurate also where it is tiny. */
  public static double erfc(double x) {
    return x > TAIL ? tail(x) : 1 - erf(x);
  }

  private static double series(double x) {
    double term = x;
    double sum = x;
    for (int n = 1; Math.abs(term) > Math.ulp(sum) / 4; n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  }

  private static double tail(double x) {
    if (x > VANISHED) {
      return 0;
    }
    double fraction = x;
    for (int n = TAIL_STEPS; n > 0; n--) {
      fraction = x + n / 2.0 / fraction;
    }
    return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
  }
}
