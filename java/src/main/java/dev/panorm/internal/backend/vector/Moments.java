package dev.panorm.internal.backend.vector;

import dev.panorm.backend.NormPlan;
import dev.panorm.ffi.streaming.StreamingKernels;

/**
 * Mean and variance of float32 data in a set of equally spaced runs.
 *
 * <p>A sample of the set gives a shift s near the mean; then Σ d and Σ d² of d = x − s over all of
 * it, in float32 chunks that are added up in float64, give mean = s + δ with δ = Σ d / m and
 * variance = Σ d² / m − δ². The result stands only if δ² is at most the variance, so that the
 * subtraction loses one bit at most: then this is the corrected two-pass algorithm (Chan, Golub and
 * LeVeque 1983) with its first pass shortened. Otherwise the shift moves to the mean just found and
 * the pass is done again; what float32 cannot hold is done in float64.
 */
final class Moments {

  private static final int ATTEMPTS = 3;
  private static final int SAMPLE = 8;

  /**
   * A sample comes from the beginning of a run, where the pass begins too: the cache misses once.
   */
  private static final long SAMPLED = 128;

  /** Below, squares of float32 differences lose bits to underflow. */
  private static final double SMALLEST = 0x1p-120;

  /** eps from here on hides what underflow loses. */
  private static final double SAFE_EPS = 1e-15;

  private static final long F4 = Float.BYTES;

  private final long sums;

  private long base;
  private long runs;
  private long stride;
  private long length;
  private boolean large;

  private double mean;
  private double variance;
  private double rstd;

  Moments(long sums) {
    this.sums = sums;
  }

  double mean() {
    return mean;
  }

  double variance() {
    return variance;
  }

  /** Returns the mean as float32. */
  float high() {
    return (float) mean;
  }

  /** Returns what the rounding of {@link #high()} lost. */
  float low() {
    return (float) (mean - (float) mean);
  }

  float rstd() {
    return (float) rstd;
  }

  /** Takes statistics that come from elsewhere. */
  void give(NormPlan plan, double givenMean, double givenVariance) {
    mean = givenMean;
    variance = givenVariance;
    rstd = plan.rstd(variance);
  }

  /**
   * Finds the statistics of the elements of {@code runs} runs of {@code length} elements, {@code
   * stride} bytes apart; where the plan is not centred, mean is 0 and variance the mean square.
   */
  void find(NormPlan plan, long address, long runCount, long strideBytes, long runLength) {
    boolean adjacent = strideBytes == runLength * F4;
    base = address;
    runs = adjacent ? 1 : runCount;
    stride = strideBytes;
    length = adjacent ? runCount * runLength : runLength;
    large = Streaming.serves(plan.elements());
    if (!(plan.centred() ? centred() : uncentred()) || !holds(variance, plan.eps())) {
      exact(plan.centred());
    }
    rstd = plan.rstd(variance);
  }

  /** Returns whether float32 squares could hold a variance. */
  static boolean holds(double variance, double eps) {
    return variance <= Float.MAX_VALUE && (variance >= SMALLEST || eps >= SAFE_EPS);
  }

  private boolean centred() {
    double shift = sample();
    double share = 1 / count();
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      float s = (float) shift;
      accumulate(s);
      double delta = Lanes.getWide(sums) * share;
      variance = Lanes.getWide(sums + Double.BYTES) * share - delta * delta;
      mean = s + delta;
      if (delta * delta <= variance) {
        return true;
      }
      shift = mean;
    }
    return false;
  }

  private boolean uncentred() {
    accumulate(0);
    mean = 0;
    variance = Lanes.getWide(sums + Double.BYTES) / count();
    return true;
  }

  private double count() {
    return (double) (runs * length);
  }

  /** Returns the mean of a few elements from all over the set. */
  private double sample() {
    if (runs == 1 && length >= SAMPLE) {
      return spread(base, Math.min(length, SAMPLED) / SAMPLE * F4);
    }
    double total = 0;
    long taken = Math.min(SAMPLE, runs);
    for (long i = 0; i < taken; i++) {
      long at = base + i * (runs / taken) * stride;
      total +=
          length >= SAMPLE ? spread(at, Math.min(length, SAMPLED) / SAMPLE * F4) : Lanes.get(at);
    }
    return total / taken;
  }

  /** Returns the mean of {@link #SAMPLE} elements that stand {@code step} bytes apart. */
  private static double spread(long at, long step) {
    double even = 0;
    double odd = 0;
    for (int i = 0; i < SAMPLE; i += 2) {
      even += Lanes.get(at + i * step);
      odd += Lanes.get(at + (i + 1) * step);
    }
    return (even + odd) / SAMPLE;
  }

  private void accumulate(float shift) {
    Lanes.setWide(sums, 0);
    Lanes.setWide(sums + Double.BYTES, 0);
    if (runs > 1 && length <= Scratch.CHUNK) {
      accumulateShortRuns(shift);
    } else {
      for (long r = 0; r < runs; r++) {
        accumulateRun(base + r * stride, shift);
      }
    }
  }

  private void accumulateShortRuns(float shift) {
    long together = Scratch.CHUNK / length;
    for (long r = 0; r < runs; r += together) {
      int some = (int) Math.min(together, runs - r);
      RunKernels.moments(base + r * stride, some, stride, (int) length, shift, sums);
    }
  }

  private void accumulateRun(long run, float shift) {
    for (long i = 0; i < length; i += Scratch.CHUNK) {
      int some = (int) Math.min(Scratch.CHUNK, length - i);
      if (large && Streaming.addsUp(some)) {
        StreamingKernels.moments(run + i * F4, some, shift, sums);
      } else {
        RunKernels.moments(run + i * F4, 1, 0, some, shift, sums);
      }
    }
  }

  /** Two passes in float64. */
  private void exact(boolean centred) {
    mean = centred ? exactSum(0, false) / count() : 0;
    variance = exactSum(mean, true) / count();
  }

  private double exactSum(double centre, boolean squared) {
    double total = 0;
    for (long r = 0; r < runs; r++) {
      for (long i = 0; i < length; i++) {
        double d = Lanes.get(base + r * stride + i * F4) - centre;
        total += squared ? d * d : d;
      }
    }
    return total;
  }
}
