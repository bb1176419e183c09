package dev.panorm.optim;

import dev.panorm.internal.check.Check;

/**
 * What the learning rate is multiplied with at each step, a function of the step's number alone. A
 * step is what the caller makes it: a batch or an epoch.
 */
@FunctionalInterface
public interface LrSchedule {

  /**
   * Returns the factor.
   *
   * @param step number of the step, from 0
   */
  double factor(long step);

  /**
   * Returns gamma^⌊step / size⌋.
   *
   * @param size steps between two changes, 1 or more
   */
  static LrSchedule step(long size, double gamma) {
    Check.that(size >= 1, "schedule", "size", size, "1 or more");
    return step -> Math.pow(gamma, Math.floor((double) step / size));
  }

  /**
   * Returns end + (1 − end) · (1 + cos(π · step / steps)) / 2, and the end from then on (Loshchilov
   * and Hutter 2017, without restarts).
   *
   * @param steps length, 1 or more
   * @param end last factor
   */
  static LrSchedule cosine(long steps, double end) {
    Check.that(steps >= 1, "schedule", "steps", steps, "1 or more");
    return step -> between(1, end, (double) Math.min(step, steps) / steps);
  }

  /**
   * Returns a straight line from one factor to another, and the second from then on; from 1/3 to 1
   * in 5 steps it is PyTorch's warm-up.
   *
   * @param steps length, 1 or more
   */
  static LrSchedule linear(long steps, double from, double to) {
    Check.that(steps >= 1, "schedule", "steps", steps, "1 or more");
    return step -> from + (to - from) * Math.min(step, steps) / steps;
  }

  /**
   * Returns one cycle (Smith and Topin 2018) with PyTorch's defaults: cosine ramps from 1/25 to 1
   * in the first 30 % of the steps, then down to 1/250,000. The optimizer's learning rate is the
   * peak.
   *
   * @param steps length of the cycle, 2 or more
   */
  static LrSchedule oneCycle(long steps) {
    return oneCycle(steps, 0.3, 1.0 / 25, 1.0 / 250_000);
  }

  /**
   * Returns one cycle: cosine ramps up to 1 and down.
   *
   * @param steps length of the cycle, 2 or more
   * @param rise share of the steps that lead up, above 0 and below 1
   * @param start first factor
   * @param end last factor
   */
  static LrSchedule oneCycle(long steps, double rise, double start, double end) {
    Check.that(steps >= 2, "schedule", "steps", steps, "2 or more");
    Check.that(rise > 0 && rise < 1, "schedule", "rise", rise, "above 0 and below 1");
    double peak = rise * steps - 1;
    double last = steps - 1.0;
    return step ->
        step <= peak
            ? between(start, 1, step / peak)
            : between(1, end, Math.min(1, (step - peak) / (last - peak)));
  }

  /**
   * Returns this schedule for some steps and then another, which counts from 0.
   *
   * @param steps steps of this schedule, 0 or more
   */
  default LrSchedule then(long steps, LrSchedule next) {
    Check.that(steps >= 0, "schedule", "steps", steps, "0 or more");
    return step -> step < steps ? factor(step) : next.factor(step - steps);
  }

  /** A cosine ramp. */
  private static double between(double from, double to, double progress) {
    return to + (from - to) * (1 + Math.cos(Math.PI * progress)) / 2;
  }
}
