/*
 * Functions of each element by itself, y = f(a, b) with two constants p and q; y may be a or b if it does not stream. The
 * same operations in the same order as in the lambdas of the Vector API's loops of these names, so the results are the
 * same bits; only the larger and the smaller of two take more here.
 */
typedef V NAME(function)(V a, V b, V p, V q);
typedef void NAME(loop)(const float *a, const float *b, float *y, int64_t n, int repeats, float p, float q, int streams);

/* The larger: NaN where one is, and 0 rather than -0. */
INLINE V NAME(larger)(V a, V b) {
  const V larger = CHOOSE(a, _CMP_EQ_OQ, b, (V)(INTS(a) & INTS(b)), MAX(a, b));
  return CHOOSE(a, _CMP_UNORD_Q, b, ADD(a, b), larger);
}

/* The smaller: NaN where one is, and -0 rather than 0. */
INLINE V NAME(smaller)(V a, V b) {
  const V smaller = CHOOSE(a, _CMP_EQ_OQ, b, (V)(INTS(a) | INTS(b)), MIN(a, b));
  return CHOOSE(a, _CMP_UNORD_Q, b, ADD(a, b), smaller);
}

INLINE V NAME(sign)(V x) {
  const V zero = SET1(0);
  return WHERE(x, zero, SET1(-1), CHOOSE(x, _CMP_GT_OQ, zero, SET1(1), x));
}

INLINE V NAME(by_three_quarters)(V g, V s) {
  const V root = SQRT(s);
  return g / MUL(root, SQRT(root));
}

/* Less than a vector, as a whole one. */
TARGET static __attribute__((noinline)) void NAME(map_few)(NAME(loop) *loop, const float *a, const float *b, float *y,
                                                           int64_t n, int repeats, float p, float q) {
  float as[LANES] = {0}, bs[LANES] = {0};
  for (int64_t i = 0; i < n; i++) {
    as[i] = repeats == FIRST ? *a : a[i];
    bs[i] = repeats == SECOND ? *b : b[i];
  }
  loop(as, bs, as, LANES, NEITHER, p, q, 0);
  for (int64_t i = 0; i < n; i++) y[i] = as[i];
}

/* loop: the function of this for f. */
INLINE void NAME(map)(NAME(function) *f, NAME(loop) *loop, const float *a, const float *b, float *y, int64_t n,
                      int repeats, float p, float q, int streams) {
  const int64_t a_step = repeats == FIRST ? 0 : LANES, b_step = repeats == SECOND ? 0 : LANES;
  const int64_t head = streams ? until_aligned(y, n, sizeof(V)) : 0;
  const V ps = SET1(p), qs = SET1(q);
  float same[LANES];
  int64_t i = head;
  if (head) NAME(map_few)(loop, a, b, y, head, repeats, p, q);
  if (repeats && n) STORE(same, SET1(repeats == FIRST ? *a : *b));
  const float *as = repeats == FIRST ? same : a + i, *bs = repeats == SECOND ? same : b + i;
  for (; i + LANES <= n; i += LANES, as += a_step, bs += b_step) {
    PUT(y + i, f(LOAD(as), LOAD(bs), ps, qs), streams);
  }
  if (i < n) NAME(map_few)(loop, as, bs, y + i, n - i, repeats, p, q);
}

/* repeats: whether one operand is a single number for all elements. */
#define MAP(name, result)                                                                                           \
  INLINE V NAME(value_##name)(V a, V b, V p, V q) {                                                                 \
    (void)a, (void)b, (void)p, (void)q;                                                                             \
    return result;                                                                                                  \
  }                                                                                                                 \
  TARGET void NAME(map_##name)(const float *a, const float *b, float *y, int64_t n, int repeats, float p, float q, \
                               int streams) {                                                                       \
    if (streams) {                                                                                                  \
      NAME(map)(NAME(value_##name), NAME(map_##name), a, b, y, n, repeats, p, q, 1);                                \
    } else {                                                                                                        \
      NAME(map)(NAME(value_##name), NAME(map_##name), a, b, y, n, repeats, p, q, 0);                                \
    }                                                                                                               \
  }

MAP(add, ADD(a, b))
MAP(sub, SUB(a, b))
MAP(mul, MUL(a, b))
MAP(div, a / b)
MAP(max, NAME(larger)(a, b))
MAP(min, NAME(smaller)(a, b))
MAP(greater, CHOOSE(a, _CMP_GT_OQ, b, SET1(1), SET1(0)))
MAP(equal, CHOOSE(a, _CMP_EQ_OQ, b, SET1(1), SET1(0)))
MAP(mask, CHOOSE(b, _CMP_NEQ_UQ, SET1(0), a, SET1(0)))
MAP(axpby, FMA(a, p, MUL(b, q)))
MAP(axpy, FMA(a, p, b))

MAP(affine, FMA(a, p, q))
MAP(exp, NAME(exp)(a))
MAP(log, NAME(log)(a))
MAP(erf, NAME(erf)(a))
MAP(sqrt, SQRT(a))
MAP(rsqrt, SET1(1) / SQRT(a))
MAP(reciprocal, SET1(1) / a)
MAP(square, MUL(a, a))
MAP(abs, MAGNITUDE(a))
MAP(sign, NAME(sign)(a))
MAP(clamp, NAME(smaller)(NAME(larger)(a, p), q))

MAP(identity, a)
MAP(relu, KEEP(a, a))
MAP(gelu, NAME(gelu)(a))
MAP(gelu_tanh, NAME(gelu_tanh)(a))
MAP(silu, NAME(silu)(a))
MAP(sigmoid, NAME(sigmoid)(a, NAME(exp_of_minus_magnitude)(a)))
MAP(tanh, NAME(tanh)(a))

MAP(identity_gradient, b)
MAP(relu_gradient, KEEP(a, b))
MAP(gelu_gradient, MUL(b, NAME(gelu_slope)(a)))
MAP(gelu_tanh_gradient, MUL(b, NAME(gelu_tanh_slope)(a)))
MAP(silu_gradient, MUL(b, NAME(silu_slope)(a)))
MAP(sigmoid_gradient, MUL(b, NAME(sigmoid_slope)(NAME(exp_of_minus_magnitude)(a))))
MAP(tanh_gradient, MUL(b, NAME(tanh_slope)(a)))

MAP(exp_below, NAME(exp_of_negative)(SUB(a, p)))
MAP(scale, MUL(a, p))
MAP(shift, SUB(SUB(a, p), q))
MAP(softmax_gradient, MUL(SUB(b, p), a))
MAP(log_softmax_gradient, FMA(NAME(exp)(a), p, b))
MAP(squared_difference, MUL(SUB(a, b), SUB(a, b)))
MAP(scaled_difference, MUL(SUB(a, b), p))
MAP(by_root, a / SQRT(b))
MAP(by_three_quarters, NAME(by_three_quarters)(a, b))
#undef MAP

/* y = activation(z) of n elements */
INLINE void NAME(activate)(const float *z, float *y, int64_t n, int activation, int streams) {
  static NAME(loop) *const loops[] = {
      [IDENTITY] = NAME(map_identity), [RELU] = NAME(map_relu), [GELU] = NAME(map_gelu),
      [GELU_TANH] = NAME(map_gelu_tanh), [SILU] = NAME(map_silu), [SIGMOID] = NAME(map_sigmoid),
      [TANH] = NAME(map_tanh)};
  loops[activation](z, z, y, n, NEITHER, 0, 0, streams);
}

/* dz = dy * activation'(z) of n elements; dz may be z or dy */
INLINE void NAME(differentiate)(const float *z, const float *dy, float *dz, int64_t n, int activation) {
  static NAME(loop) *const loops[] = {
      [IDENTITY] = NAME(map_identity_gradient), [RELU] = NAME(map_relu_gradient), [GELU] = NAME(map_gelu_gradient),
      [GELU_TANH] = NAME(map_gelu_tanh_gradient), [SILU] = NAME(map_silu_gradient),
      [SIGMOID] = NAME(map_sigmoid_gradient), [TANH] = NAME(map_tanh_gradient)};
  loops[activation](z, dy, dz, n, NEITHER, 0, 0, 0);
}

/* Writes dz where the caller wants it, past the caches if what is computed from it streams. */
INLINE void NAME(keep)(const float *dz, float *kept, int64_t n, int streams) {
  NAME(map_identity)(dz, dz, kept, n, NEITHER, 0, 0, streams);
}
