package dev.panorm.bench.task;

import java.util.Locale;

/** What of a norm is measured. */
public enum Direction {
  /** y from x. */
  FWD,
  /** y from x, with statistics of the batch, running statistics kept up to date. */
  TRAIN,
  /** y from x, with given statistics. */
  EVAL,
  /** dx and the gradients of the parameters from x and dy. */
  BWD;

  /** Returns the name as reports write it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
