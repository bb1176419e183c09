package dev.panorm.backend;

/** Functions of one element x, with up to two constants p and q. */
public enum Unary {
  /** p · x + q. */
  AFFINE,
  /** e^x. */
  EXP,
  /** Natural logarithm. */
  LOG,
  /** The error function, 2/√π · ∫ exp(−t²) dt from 0 to x. */
  ERF,
  /** √x. */
  SQRT,
  /** 1 / √x. */
  RSQRT,
  /** 1 / x. */
  RECIPROCAL,
  /** x². */
  SQUARE,
  /** |x|. */
  ABS,
  /** −1, 0 or 1; NaN stays NaN. */
  SIGN,
  /** x^p. */
  POW,
  /** min(max(x, p), q); NaN stays NaN. */
  CLAMP
}
