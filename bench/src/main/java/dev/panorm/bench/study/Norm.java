package dev.panorm.bench.study;

import java.util.Locale;

/** The norm that a network has after each of its inner layers. */
enum Norm {
  NONE,
  BATCH,
  LAYER,
  GROUP;

  /** Returns the name as users write it: {@code batch}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
