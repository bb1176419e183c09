package dev.panorm.regularize;

import dev.panorm.internal.check.Check;

/** The check of a regularizer's strength. */
final class Lambda {

  private Lambda() {}

  static void check(double lambda) {
    Check.that(
        lambda >= 0 && lambda < Double.POSITIVE_INFINITY,
        "regularize",
        "lambda",
        lambda,
        "0 or more");
  }
}
