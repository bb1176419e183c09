/*
 * Activations and their slopes, rounded as FloatMath and ActivationLoops round them.
 */

/* The sigmoid of a number of the sign of x, from e to the power of minus its magnitude. */
INLINE V NAME(sigmoid)(V x, V e) {
  const V r = SET1(1) / ADD(e, SET1(1));
  return WHERE(x, SET1(0), MUL(r, e), r);
}

INLINE V NAME(sigmoid_slope)(V e) {
  const V r = SET1(1) / ADD(e, SET1(1));
  return MUL(MUL(e, r), r);
}

INLINE V NAME(tanh)(V x) {
  const V a = MUL(MIN(SET1(20), MAGNITUDE(x)), SET1(2)), shifted = FMA(a, ONE_OVER_LN2, ROUNDER);
  const V minus_one = NAME(exp_minus_one)(a, SUB(shifted, ROUNDER));
  const V scale = NAME(power_of_two)(INTS(shifted) - INTS(ROUNDER));
  const V e = FMA(minus_one, scale, SUB(scale, SET1(1))), t = e / ADD(e, SET1(2));
  return WHERE(x, SET1(0), NEGATED(t), t);
}

INLINE V NAME(tanh_slope)(V x) {
  const V t = NAME(tanh)(x);
  return MUL(SUB(SET1(1), t), ADD(t, SET1(1)));
}

/* x times the normal distribution function */
INLINE V NAME(gelu)(V x) { return MUL(x, NAME(cdf)(x, NAME(half_exp)(x))); }

INLINE V NAME(gelu_slope)(V x) {
  const V e = NAME(half_exp)(x), density = MUL(e, SET1((float)(1 / 0x1.40d931ff62705p+1)));
  return FMA(x, density, NAME(cdf)(x, e));
}

/* e to the power of minus the magnitude of what the tanh form of GELU takes the sigmoid of */
INLINE V NAME(gelu_tanh_exp)(V x) {
  const V z = MUL(MUL(x, GELU_SCALE), FMA(MUL(x, x), SET1((float)0.044715), SET1(1)));
  return NAME(exp_of_minus_magnitude)(z);
}

INLINE V NAME(gelu_tanh)(V x) { return MUL(x, NAME(sigmoid)(x, NAME(gelu_tanh_exp)(x))); }

INLINE V NAME(gelu_tanh_slope)(V x) {
  const V e = NAME(gelu_tanh_exp)(x), near = MIN(SET1(16), MAGNITUDE(x));
  const V inner = MUL(FMA(MUL(near, near), SET1((float)(3 * 0.044715)), SET1(1)), GELU_SCALE);
  const V r = SET1(1) / ADD(e, SET1(1)), re = MUL(r, e);
  return FMA(MUL(x, MUL(re, r)), inner, WHERE(x, SET1(0), re, r));
}

INLINE V NAME(silu)(V x) { return MUL(x, NAME(sigmoid)(x, NAME(exp_of_minus_magnitude)(x))); }

INLINE V NAME(silu_slope)(V x) {
  const V e = NAME(exp_of_minus_magnitude)(x);
  return FMA(x, NAME(sigmoid_slope)(e), NAME(sigmoid)(x, e));
}
