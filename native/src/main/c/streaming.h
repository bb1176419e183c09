/*
 * The kernels of streaming.c for one width of vectors. Before each inclusion: LANES, V (the vector type), NAME(x) (the
 * C name of a kernel), LOAD, STORE, SET1, ADD, SUB, MUL, FMA, STREAM, KEEP(z, g), which is g but 0 where z <= 0, and TARGET, the
 * instruction set.
 *
 * Each kernel goes element by element until its output is aligned to a whole vector, streams whole vectors, and ends
 * element by element. Every step is rounded as the Vector API's loops round it, so the results are the same bits.
 */

/* The sum of the lanes, the even and the odd ones each in order. */
INLINE double NAME(sum)(V v) {
  float lanes[LANES];
  STORE(lanes, v);
  double even = 0, odd = 0;
  for (int i = 0; i < LANES; i += 2) {
    even += lanes[i];
    odd += lanes[i + 1];
  }
  return even + odd;
}

/* Adds the sums of d and of d * d to sums[0] and sums[1], d = x - shift, over runs of n elements: four chains of vectors, and
   at the end of a run a whole vector that begins LANES before it, without what was counted before; in float64 where a run
   is less than a vector. What comes 8 KiB later is asked for, which from element left on stands skip elements further; 0
   for left if nothing is to be asked for. */
INLINE void NAME(add_moments)(const float *x, int64_t runs, int64_t stride, int64_t n, float shift, double *sums,
                              int64_t left, int64_t skip) {
  if (n < LANES) {
    double a = 0, q = 0;
    for (int64_t r = 0; r < runs; r++, x += stride) {
      for (int64_t i = 0; i < n; i++) {
        const double d = x[i] - shift;
        a += d;
        q += d * d;
      }
    }
    sums[0] += a;
    sums[1] += q;
    return;
  }
  const V s = SET1(shift);
  V a[CHAINS] = {0}, q[CHAINS] = {0};
  for (int64_t r = 0; r < runs; r++, x += stride) {
    int64_t i = 0;
    for (; i + CHAINS * LANES <= n; i += CHAINS * LANES) {
      const float *next = x + LATER(i, left, skip);
      for (int c = 0; c < CHAINS; c++) {
        if (left) AFTER(next + c * LANES);
        const V d = SUB(LOAD(x + i + c * LANES), s);
        a[c] = ADD(a[c], d);
        q[c] = FMA(d, d, q[c]);
      }
    }
    for (; i + LANES <= n; i += LANES) {
      const V d = SUB(LOAD(x + i), s);
      a[0] = ADD(a[0], d);
      q[0] = FMA(d, d, q[0]);
    }
    if (i < n) {
      float end[LANES] = {0};
      for (; i < n; i++) end[i - (n - LANES)] = x[i] - shift;
      a[1] = ADD(a[1], LOAD(end));
      q[1] = FMA(LOAD(end), LOAD(end), q[1]);
    }
  }
  sums[0] += NAME(sum)(ADD(ADD(a[0], a[1]), ADD(a[2], a[3])));
  sums[1] += NAME(sum)(ADD(ADD(q[0], q[1]), ADD(q[2], q[3])));
}

/* Adds the sums of d and of d * d to sums[0] and sums[1], d = x - shift. */
TARGET void NAME(moments)(const float *x, int64_t n, float shift, double *sums) {
  NAME(add_moments)(x, 1, 0, n, shift, sums, INT64_MAX, 0);
}

/* What follows a norm in the same loop: a residual at after + i, unless after is NULL, then a ReLU. */
INLINE V NAME(end)(V z, const float *after, int64_t i, int relu) {
  if (after) z = ADD(z, LOAD(after + i));
  return relu ? KEEP(z, z) : z;
}

INLINE float NAME(end_one)(float z, const float *after, int64_t i, int relu) {
  if (after) z += after[i];
  return relu && z <= 0 ? 0 : z;
}

/* y = ((x - centre) * rstd + shift) * weight + bias of one row, and what follows up to a ReLU */
INLINE void NAME(row_linear)(const float *x, float *y, int64_t n, const float *weight, const float *bias, float centre,
                             float rstd, float shift, const float *after, int relu, int streams) {
  const V h = SET1(centre), k = SET1(rstd), s = SET1(shift);
  const int64_t head = streams ? until_aligned(y, n, sizeof(V)) : 0;
  const int ahead = streams && n >= LONG;
  int64_t i = 0;
#define ONE y[i] = NAME(end_one)(fmaf(fmaf(x[i] - centre, rstd, shift), weight[i], bias[i]), after, i, relu)
  for (; i < head; i++) ONE;
  for (; i + LANES <= n; i += LANES) {
    if (ahead) AHEAD(x + i);
    const V z = FMA(FMA(SUB(LOAD(x + i), h), k, s), LOAD(weight + i), LOAD(bias + i));
    PUT(y + i, NAME(end)(z, after, i, relu), streams);
  }
  for (; i < n; i++) ONE;
#undef ONE
}

/* The same, and any activation: others than a ReLU take what is still in the first-level cache. */
INLINE void NAME(row_result)(const float *x, float *y, int64_t n, const float *weight, const float *bias, float centre,
                             float rstd, float shift, const float *after, int activation, int streams) {
  if (activation <= RELU) {
    NAME(row_linear)(x, y, n, weight, bias, centre, rstd, shift, after, activation, streams);
    return;
  }
  float z[CHUNK];
  for (int64_t i = 0; i < n; i += CHUNK) {
    const int64_t some = n - i < CHUNK ? n - i : CHUNK;
    NAME(row_linear)(x + i, z, some, weight + i, bias + i, centre, rstd, shift, after ? after + i : 0, 0, 0);
    NAME(activate)(z, y + i, some, activation, streams);
  }
}

/* y = (x - centre) * scale + shift of one run, and what follows up to a ReLU; meanwhile asks for n elements that stand soon
   elements away, unless this is 0. */
INLINE void NAME(run_linear)(const float *x, float *y, int64_t n, float centre, float scale, float shift,
                             const float *after, int relu, int64_t soon, int streams) {
  const V h = SET1(centre), k = SET1(scale), s = SET1(shift);
  const int64_t head = streams ? until_aligned(y, n, sizeof(V)) : 0;
  int64_t i = 0;
#define ONE y[i] = NAME(end_one)(fmaf(x[i] - centre, scale, shift), after, i, relu)
  for (; i < head; i++) ONE;
#define WHOLE(i) PUT(y + (i), NAME(end)(FMA(SUB(LOAD(x + (i)), h), k, s), after, i, relu), streams)
  for (; soon && i + LINE <= n; i += LINE) {
    AFTER(x + soon + i);
    for (int64_t j = i; j < i + LINE; j += LANES) WHOLE(j);
  }
  for (; i + LANES <= n; i += LANES) WHOLE(i);
  for (; i < n; i++) ONE;
#undef WHOLE
#undef ONE
}

/* The same, and any activation. */
INLINE void NAME(run_result)(const float *x, float *y, int64_t n, float centre, float scale, float shift,
                             const float *after, int activation, int64_t soon, int streams) {
  if (activation <= RELU) {
    NAME(run_linear)(x, y, n, centre, scale, shift, after, activation, soon, streams);
    return;
  }
  float z[CHUNK];
  for (int64_t i = 0; i < n; i += CHUNK) {
    const int64_t some = n - i < CHUNK ? n - i : CHUNK;
    NAME(run_linear)(x + i, z, some, centre, scale, shift, after ? after + i : 0, 0, soon, 0);
    NAME(activate)(z, y + i, some, activation, streams);
  }
}

/* g, but 0 where a ReLU behind z = c * scale + shift is flat. */
INLINE float NAME(gated)(float c, float g, float scale, float shift) { return fmaf(c, scale, shift) <= 0 ? 0 : g; }

/* The same with a gate of a scale and a shift, if there is one. */
INLINE float NAME(passed)(float c, float g, const float *gate) {
  return gate ? NAME(gated)(c, g, gate[0], gate[1]) : g;
}

/* v, and what stands at sum + i unless sum is NULL. */
INLINE V NAME(added)(V v, const float *sum, int64_t i) { return sum ? ADD(v, LOAD(sum + i)) : v; }

INLINE float NAME(added_one)(float v, const float *sum, int64_t i) { return sum ? v + sum[i] : v; }

/* dx = ((x - centre) * -slope + (dz * weight - offset)) * rstd of one run, with a gate as in add_products, and the
   gradient of the sum before the norm if it has one; meanwhile asks for n elements of x and dz that stand soon elements
   away, unless this is 0. */
INLINE void NAME(run_gradient)(const float *x, const float *dz, float *dx, int64_t n, float weight, float centre,
                               float rstd, float offset, float slope, const float *gate, const float *dsum,
                               int64_t soon, int streams) {
  const V h = SET1(centre), w = SET1(weight), k = SET1(rstd), o = SET1(offset), s = SET1(-slope);
  const V scale = SET1(gate ? gate[0] : 0), shift = SET1(gate ? gate[1] : 0);
  const int64_t head = streams ? until_aligned(dx, n, sizeof(V)) : 0;
  int64_t i = 0;
#define ONE                                                                 \
  do {                                                               \
    const float c = x[i] - centre, g = NAME(passed)(c, dz[i], gate); \
    dx[i] = NAME(added_one)(fmaf(c, -slope, g * weight - offset) * rstd, dsum, i); \
  } while (0)
#define WHOLE(i)                                                  \
  do {                                                            \
    const V c = SUB(LOAD(x + (i)), h);                            \
    V g = LOAD(dz + (i));                                         \
    if (gate) g = KEEP(FMA(c, scale, shift), g);                  \
    PUT(dx + (i), NAME(added)(MUL(FMA(c, s, SUB(MUL(g, w), o)), k), dsum, i), streams); \
  } while (0)
  for (; i < head; i++) ONE;
  for (; soon && i + LINE <= n; i += LINE) {
    AFTER(x + soon + i);
    AFTER(dz + soon + i);
    for (int64_t j = i; j < i + LINE; j += LANES) WHOLE(j);
  }
  for (; i + LANES <= n; i += LANES) WHOLE(i);
  for (; i < n; i++) ONE;
#undef WHOLE
#undef ONE
}
