package dev.panorm.backend;

/** Functions of two elements a and b. */
public enum Binary {
  /** a + b. */
  ADD,
  /** a − b. */
  SUB,
  /** a · b. */
  MUL,
  /** a / b. */
  DIV,
  /** The larger; NaN if one is NaN. */
  MAX,
  /** The smaller; NaN if one is NaN. */
  MIN,
  /** 1 where a &gt; b, else 0. */
  GREATER,
  /** 1 where a = b, else 0. */
  EQUAL,
  /** a where b is not 0, else 0, whatever a is there. */
  MASK
}
