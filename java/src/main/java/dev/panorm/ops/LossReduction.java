package dev.panorm.ops;

/** What becomes of the losses of single positions. */
public enum LossReduction {
  /** They are the result. */
  NONE,
  /** Their weighted mean. */
  MEAN,
  /** Their sum. */
  SUM
}
