/*
 * Activations behind a norm. Macros as for streaming.h, and MAX and MIN, the second operand where one is NaN, and WHERE(x,
 * limit, a, b), which is a where x < limit and b elsewhere. Every step is rounded as FloatMath, NormalMath and
 * ActivationLoops round it, which say where the formulas come from; so the results are the same bits.
 */
typedef int32_t NAME(ints) __attribute__((vector_size(sizeof(V))));

#define INTS(v) ((NAME(ints))(v))
#define MAGNITUDE(x) ((V)(INTS(x) & INT32_MAX))
#define NEGATED(x) ((V)(INTS(x) ^ INT32_MIN))
#define ROUNDER SET1(0x1.8p23f)
#define ONE_OVER_LN2 SET1((float)(1 / 0x1.62e42fefa39efp-1))

/* e^r - 1 for r = x - n ln 2 */
INLINE V NAME(exp_minus_one)(V x, V n) {
  const V high = SET1(-0x1.63p-1f), low = SET1(-(float)(0x1.62e42fefa39efp-1 - 0x1.63p-1));
  const V r = FMA(n, low, FMA(n, high, x));
  V s = FMA(r, SET1(1.0f / 5040), SET1(1.0f / 720));
  s = FMA(s, r, SET1(1.0f / 120));
  s = FMA(s, r, SET1(1.0f / 24));
  s = FMA(s, r, SET1(1.0f / 6));
  s = FMA(s, r, SET1(0.5f));
  return FMA(MUL(s, r), r, r);
}

/* e^x for x of 0 or less */
INLINE V NAME(exp_of_negative)(V x) {
  const V inside = MAX(SET1(-105), x), shifted = FMA(inside, ONE_OVER_LN2, ROUNDER);
  const V minus_one = NAME(exp_minus_one)(inside, SUB(shifted, ROUNDER));
  const V scale = (V)((INTS(shifted) << 23) + ((127 + 64) << 23));
  return MUL(FMA(minus_one, scale, scale), SET1(0x1p-64f));
}

/* The sigmoid of a number of the sign of x, from e to the power of minus its magnitude. */
INLINE V NAME(sigmoid)(V x, V e) {
  const V r = SET1(1) / ADD(e, SET1(1));
  return WHERE(x, SET1(0), MUL(r, e), r);
}

INLINE V NAME(exp_of_minus_magnitude)(V x) { return NAME(exp_of_negative)(NEGATED(MAGNITUDE(x))); }

INLINE V NAME(tanh)(V x) {
  const V a = MUL(MIN(SET1(20), MAGNITUDE(x)), SET1(2)), shifted = FMA(a, ONE_OVER_LN2, ROUNDER);
  const V minus_one = NAME(exp_minus_one)(a, SUB(shifted, ROUNDER));
  const V scale = (V)((INTS(shifted) - INTS(ROUNDER) + 127) << 23);
  const V e = FMA(minus_one, scale, SUB(scale, SET1(1))), t = e / ADD(e, SET1(2));
  return WHERE(x, SET1(0), NEGATED(t), t);
}

/* x times the normal distribution function */
INLINE V NAME(gelu)(V x) {
  const V z = MUL(x, SET1(0x1.6a09e667f3bcdp-1)), square = MUL(z, z);
  V e = NAME(exp_of_negative)(NEGATED(square));
  e = WHERE(square, SET1(INFINITY), SUB(e, MUL(e, FMA(z, z, NEGATED(square)))), e);
  const V t = SET1(1) / FMA(MAGNITUDE(z), SET1(0.4f), SET1(1));
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
  const V tail = MUL(MUL(MUL(p, t), e), SET1(0.5f));
  return MUL(x, WHERE(x, SET1(0), tail, SUB(SET1(1), tail)));
}

INLINE V NAME(gelu_tanh)(V x) {
  const V scale = SET1((float)(2 * 0.7978845608028654)), cube = SET1((float)0.044715);
  const V z = MUL(MUL(x, scale), FMA(MUL(x, x), cube, SET1(1)));
  return MUL(x, NAME(sigmoid)(x, NAME(exp_of_minus_magnitude)(z)));
}

INLINE V NAME(silu)(V x) { return MUL(x, NAME(sigmoid)(x, NAME(exp_of_minus_magnitude)(x))); }

INLINE V NAME(activated)(V x, int activation) {
  switch (activation) {
    case GELU: return NAME(gelu)(x);
    case GELU_TANH: return NAME(gelu_tanh)(x);
    case SILU: return NAME(silu)(x);
    case SIGMOID: return NAME(sigmoid)(x, NAME(exp_of_minus_magnitude)(x));
    default: return NAME(tanh)(x);
  }
}

INLINE void NAME(activate_few)(const float *z, float *y, int64_t n, int activation) {
  float few[LANES] = {0};
  for (int64_t i = 0; i < n; i++) few[i] = z[i];
  STORE(few, NAME(activated)(LOAD(few), activation));
  for (int64_t i = 0; i < n; i++) y[i] = few[i];
}

INLINE void NAME(activate_run)(const float *z, float *y, int64_t n, int activation, int streams) {
  int64_t i = streams ? until_aligned(y, n, sizeof(V)) : 0;
  NAME(activate_few)(z, y, i, activation);
  for (; i + LANES <= n; i += LANES) PUT(y + i, NAME(activated)(LOAD(z + i), activation), streams);
  NAME(activate_few)(z + i, y + i, n - i, activation);
}

/* y = activation(z) of n elements; not inlined, since there is a loop for each activation. */
TARGET static __attribute__((noinline)) void NAME(activate)(const float *z, float *y, int64_t n, int activation,
                                                            int streams) {
#define LOOP(which)                               \
  case which:                                     \
    if (streams) {                                \
      NAME(activate_run)(z, y, n, which, 1);      \
    } else {                                      \
      NAME(activate_run)(z, y, n, which, 0);      \
    }                                             \
    break
  switch (activation) {
    LOOP(GELU);
    LOOP(GELU_TANH);
    LOOP(SILU);
    LOOP(SIGMOID);
    LOOP(TANH);
  }
#undef LOOP
}

#undef INTS
#undef MAGNITUDE
#undef NEGATED
#undef ROUNDER
#undef ONE_OVER_LN2
