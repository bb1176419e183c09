package dev.panorm.bench.check;

import dev.panorm.DType;
import dev.panorm.Tensor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How far one result is off.
 *
 * @param result its name
 * @param error its scaled error; NaN where a value is not finite that should be, or the other way
 *     round
 * @param bound what the error may be
 */
record Comparison(String result, double error, double bound) {

  /** Compares all results of a case and returns the one that is off farthest, null for none. */
  static @Nullable Comparison worst(
      Case subject, Rule rule, DType dtype, Map<String, Tensor> expected, Map<String, Tensor> got) {
    double upstream = upstream(subject);
    Comparison worst = null;
    for (String name : subject.results()) {
      if (isExempt(subject.variant(), name)) {
        continue;
      }
      Comparison next = compare(name, expected.get(name), got.get(name), rule, upstream, dtype);
      if (worst == null || Double.compare(next.ratio(), worst.ratio()) > 0) { // NaN is the largest
        worst = next;
      }
    }
    return worst;
  }

  /** Returns whether it passes; NaN does not. */
  boolean passes() {
    return error <= bound;
  }

  /** Returns the error in units of its bound; NaN, the largest of all, where the error is NaN. */
  double ratio() {
    return error == 0 ? 0 : error / bound;
  }

  /** What statistics of data that are not finite are depends on the algorithm. */
  private static boolean isExempt(String variant, String result) {
    return variant.equals("adv-nonfinite") && result.startsWith("saved_");
  }

  private static double upstream(Case subject) {
    double largest = 1;
    for (String name : subject.upstream()) {
      for (double value : subject.tensor(name).toDoubleArray()) {
        largest = Math.max(largest, Math.abs(value));
      }
    }
    return largest;
  }

  private static Comparison compare(
      String name,
      @Nullable Tensor expected,
      @Nullable Tensor got,
      Rule rule,
      double upstream,
      DType dtype) {
    if (expected == null || got == null || !expected.shape().equals(got.shape())) {
      return new Comparison(name, Double.NaN, rule.bound());
    }
    double[] want = expected.toDoubleArray();
    double[] have = got.toDoubleArray();
    double difference = 0;
    double largest = 0;
    for (int i = 0; i < want.length; i++) {
      double value = representable(want[i], dtype);
      if (Double.isFinite(value)) {
        difference = max(difference, Math.abs(have[i] - value));
        largest = Math.max(largest, Math.abs(value));
      } else if (Double.compare(have[i], value) != 0) {
        return new Comparison(name, Double.NaN, rule.bound());
      }
    }
    if (got.dtype() == DType.INT64) {
      return new Comparison(name, difference, 0);
    }
    return rule.isNoise(largest, upstream, dtype)
        ? new Comparison(name, difference / upstream, rule.noiseBound())
        : new Comparison(name, difference == 0 ? 0 : difference / largest, rule.bound());
  }

  /** The larger, NaN where either is NaN. */
  private static double max(double a, double b) {
    return Double.isNaN(b) || b > a ? b : a;
  }

  /** What lies beyond float32 is the infinity that it rounds to. */
  private static double representable(double value, DType dtype) {
    return dtype == DType.FLOAT32 && Double.isInfinite((float) value) ? (float) value : value;
  }
}
