package dev.panorm.bench.check;

import dev.panorm.DType;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How far the results of a case may be off.
 *
 * @param bound largest error that passes, measured against the result's own largest magnitude
 * @param noiseBound the same for results that cancel to noise, measured against {@code max(1,
 *     largest |upstream gradient|)}; 0 where none of the case's do
 */
record Rule(double bound, double noiseBound) {

  private static final Pattern NORMAL = Pattern.compile("normal:([^:]+):([^:]+)");
  private static final double ORDINARY_F32 = 1e-6;
  private static final double ORDINARY_F64 = 1e-12;
  private static final double HARD_F32 = 2e-6;
  private static final double NOISE_F32 = 1e-5;

  /**
   * Returns the rule for a case; README.md of the goldens has the table.
   *
   * <p>It has no line for float64 and hard cases. There the data x itself are exact, but x − mean
   * is not: mean carries a rounding error of up to |mean| · 2^−53 in the expected results as well
   * as in ours, which is a relative error of 2 · |mean| / std · 2^−53 of a deviation, and up to
   * three factors of it stand in a gradient.
   */
  static Rule of(Case subject, DType dtype) {
    boolean noise = subject.variant().equals("adv-single") || subject.variant().equals("adv-pair");
    if (dtype == DType.FLOAT64) {
      double bound = Math.max(ORDINARY_F64, 6 * offset(subject) * 0x1p-53);
      return new Rule(bound, noise ? bound : 0);
    }
    return new Rule(hard(subject.variant()) ? HARD_F32 : ORDINARY_F32, noise ? NOISE_F32 : 0);
  }

  /** Returns the rule for two results that may each be off by this one. */
  Rule twice() {
    return new Rule(2 * bound, 2 * noiseBound);
  }

  /**
   * Returns whether a result of this largest magnitude is judged as noise. One that is too large
   * for its type to state within the noise bound has not cancelled: rstd of a single element is
   * 316, whose float32 neighbours are 3e-5 away.
   */
  boolean isNoise(double largest, double upstream, DType dtype) {
    double rounding = (dtype == DType.FLOAT64 ? Math.ulp(largest) : Math.ulp((float) largest)) / 2;
    return noiseBound > 0 && rounding <= noiseBound * upstream;
  }

  private static boolean hard(String variant) {
    return variant.startsWith("adv-offset")
        || variant.equals("adv-const")
        || variant.equals("adv-huge")
        || variant.equals("adv-tiny")
        || variant.equals("adv-outlier");
  }

  /** |mean| / std of the data, 0 where they were drawn otherwise. */
  private static double offset(Case subject) {
    Matcher drawn = NORMAL.matcher(subject.metadata().getOrDefault("dist", ""));
    return drawn.matches()
        ? Math.abs(Double.parseDouble(drawn.group(1))) / Double.parseDouble(drawn.group(2))
        : 0;
  }
}
