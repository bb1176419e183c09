package dev.panorm.backend;

/** What a set of elements is reduced to. */
public enum Reduction {
  /** Σ x. */
  SUM,
  /** Σ x / n. */
  MEAN,
  /** Σ x². */
  SUM_OF_SQUARES,
  /** The largest; NaN if one is NaN. */
  MAX,
  /** The smallest; NaN if one is NaN. */
  MIN
}
