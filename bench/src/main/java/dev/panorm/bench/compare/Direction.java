package dev.panorm.bench.compare;

import java.util.Locale;

/** What of an operation is measured, with the passes over the data that nothing can avoid. */
public enum Direction {
  /** y from x. */
  FWD(2),
  /** y from x, with statistics of the batch. */
  TRAIN(2),
  /** y from x, with given statistics. */
  EVAL(2),
  /** dx and the gradients of the parameters from x and dy. */
  BWD(3);

  private final int passes;

  Direction(int passes) {
    this.passes = passes;
  }

  /** Returns how many tensors of x's size are read or written. */
  public int passes() {
    return passes;
  }

  /** Returns the name as reports write it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
