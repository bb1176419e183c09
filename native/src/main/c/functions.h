/*
 * Exponentials, logarithms and the error function. Macros as for streaming.h, and MAX and MIN, the second operand where one
 * is NaN, SQRT, and CHOOSE(x, relation, y, a, b), which is a where x has this relation to y and b elsewhere. Every step is
 * rounded as FloatMath and NormalMath round it, which say where the formulas come from; so the results are the same bits.
 */
typedef int32_t NAME(ints) __attribute__((vector_size(sizeof(V))));

/* 2^n */
INLINE V NAME(power_of_two)(NAME(ints) n) { return (V)((n + 127) << 23); }

/* e^r - 1 for r = x - n ln 2 */
INLINE V NAME(exp_minus_one)(V x, V n) {
  const V high = SET1(-LN2_HIGH), low = SET1(-LN2_LOW);
  const V r = FMA(n, low, FMA(n, high, x));
  V s = FMA(r, SET1(1.0f / 5040), SET1(1.0f / 720));
  s = FMA(s, r, SET1(1.0f / 120));
  s = FMA(s, r, SET1(1.0f / 24));
  s = FMA(s, r, SET1(1.0f / 6));
  s = FMA(s, r, SET1(0.5f));
  return FMA(MUL(s, r), r, r);
}

/* e^x, with 2^n in two factors, since alone it may be beyond float32 on either side */
INLINE V NAME(exp)(V x) {
  const V inside = MIN(SET1(89), MAX(SET1(-105), x)), shifted = FMA(inside, ONE_OVER_LN2, ROUNDER);
  const V minus_one = NAME(exp_minus_one)(inside, SUB(shifted, ROUNDER));
  const NAME(ints) n = INTS(shifted) - INTS(ROUNDER), half = n >> 1;
  const V scale = NAME(power_of_two)(half);
  return MUL(FMA(minus_one, scale, scale), NAME(power_of_two)(n - half));
}

/* e^x for x of 0 or less */
INLINE V NAME(exp_of_negative)(V x) {
  const V inside = MAX(SET1(-105), x), shifted = FMA(inside, ONE_OVER_LN2, ROUNDER);
  const V minus_one = NAME(exp_minus_one)(inside, SUB(shifted, ROUNDER));
  const V scale = (V)((INTS(shifted) << 23) + ((127 + 64) << 23));
  return MUL(FMA(minus_one, scale, scale), SET1(0x1p-64f));
}

INLINE V NAME(exp_of_minus_magnitude)(V x) { return NAME(exp_of_negative)(NEGATED(MAGNITUDE(x))); }

/* ln x for x = 2^k m with m from the root of a half to that of two; special where x is no positive finite number */
INLINE V NAME(log)(V x) {
  const V smallest = SET1(FLT_MIN);
  const NAME(ints) bits = INTS(WHERE(x, smallest, MUL(x, SET1(0x1p24f)), x));
  const NAME(ints) k = (bits - INTS(SET1((float)0x1.6a09e667f3bcdp-1))) >> 23;
  const V m = (V)(bits - (k << 23)), whole = __builtin_convertvector(k, V);
  const V exponent = WHERE(x, smallest, SUB(whole, SET1(24)), whole);
  const V s = SUB(m, SET1(1)) / ADD(m, SET1(1)), u = MUL(s, s), twice = MUL(s, SET1(2));
  V r = FMA(u, SET1(1.0f / 9), SET1(1.0f / 7));
  r = FMA(r, u, SET1(1.0f / 5));
  r = MUL(FMA(r, u, SET1(1.0f / 3)), u);
  const V low = FMA(r, twice, MUL(exponent, SET1(LN2_LOW)));
  V log = FMA(exponent, SET1(LN2_HIGH), ADD(twice, low));
  log = CHOOSE(x, _CMP_EQ_OQ, SET1(0), SET1(-INFINITY), log);
  log = CHOOSE(x, _CMP_EQ_OQ, SET1(INFINITY), x, log);
  return CHOOSE(x, _CMP_GE_OQ, SET1(0), log, SET1(NAN));
}

/* e^(-z^2); the rounding of the square is made good */
INLINE V NAME(exp_of_minus_square)(V z) {
  const V square = MUL(z, z), e = NAME(exp_of_negative)(NEGATED(square));
  return WHERE(square, SET1(INFINITY), SUB(e, MUL(e, FMA(z, z, NEGATED(square)))), e);
}

/* e^(-x^2 / 2) */
INLINE V NAME(half_exp)(V x) { return NAME(exp_of_minus_square)(MUL(x, SQRT_HALF)); }

/* 1 - erf(z) for z of 0 or more, from e^(-z^2) */
INLINE V NAME(erfc)(V z, V e) {
  const V t = SET1(1) / FMA(z, SET1(0.4f), SET1(1));
  V p = FMA(t, SET1(-0.019251622f), SET1(0.08276089f));
  p = FMA(p, t, SET1(-0.08948005f));
  p = FMA(p, t, SET1(-0.07485174f));
  p = FMA(p, t, SET1(0.14914785f));
  p = FMA(p, t, SET1(-0.035749234f));
  p = FMA(p, t, SET1(0.16781396f));
  p = FMA(p, t, SET1(0.15863423f));
  p = FMA(p, t, SET1(0.20982756f));
  p = FMA(p, t, SET1(0.22546352f));
  p = FMA(p, t, SET1(0.22568463f));
  return MUL(MUL(p, t), e);
}

INLINE V NAME(erf)(V x) {
  const V magnitude = MAGNITUDE(x), u = MUL(x, x);
  V far = SUB(SET1(1), NAME(erfc)(magnitude, NAME(exp_of_minus_square)(x)));
  far = WHERE(x, SET1(0), NEGATED(far), far);
  V near = FMA(u, SET1(-9.641518e-6f), SET1(1.1256948e-4f));
  near = FMA(near, u, SET1(-8.482829e-4f));
  near = FMA(near, u, SET1(0.0052209455f));
  near = FMA(near, u, SET1(-0.0268654f));
  near = FMA(near, u, SET1(0.11283782f));
  near = FMA(near, u, SET1(-0.37612638f));
  near = MUL(FMA(near, u, SET1(1.1283792f)), x);
  return WHERE(magnitude, SET1(1), near, far);
}

/* The normal distribution function, from half_exp */
INLINE V NAME(cdf)(V x, V e) {
  const V tail = MUL(NAME(erfc)(MAGNITUDE(MUL(x, SQRT_HALF)), e), SET1(0.5f));
  return WHERE(x, SET1(0), tail, SUB(SET1(1), tail));
}
