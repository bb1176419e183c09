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
   is less than a vector. */
INLINE void NAME(add_moments)(const float *x, int64_t runs, int64_t stride, int64_t n, float shift, double *sums,
                              int ahead) {
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
      for (int c = 0; c < CHAINS; c++) {
        if (ahead) AHEAD(x + i + c * LANES);
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
  NAME(add_moments)(x, 1, 0, n, shift, sums, 1);
}

/* Adds the sums of g and of g * (x - centre) to sums[0] and sums[1], g = dz * weight: one chain of vectors. */
TARGET void NAME(gradient_sums)(const float *x, const float *dz, int64_t n, const float *weight, float centre,
                                double *sums) {
  const V h = SET1(centre);
  V a = SET1(0), q = SET1(0);
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    const V g = MUL(LOAD(dz + i), LOAD(weight + i));
    a = ADD(a, g);
    q = FMA(SUB(LOAD(x + i), h), g, q);
  }
  float c[LANES] = {0}, g[LANES] = {0};
  for (int k = 0; i < n; i++, k++) {
    c[k] = x[i] - centre;
    g[k] = dz[i] * weight[i];
  }
  sums[0] += NAME(sum)(ADD(a, LOAD(g)));
  sums[1] += NAME(sum)(FMA(LOAD(c), LOAD(g), q));
}

/* y = ((x - centre) * rstd + shift) * weight + bias of one row */
INLINE void NAME(row_result)(const float *x, float *y, int64_t n, const float *weight, const float *bias, float centre,
                             float rstd, float shift, int streams) {
  const V h = SET1(centre), k = SET1(rstd), s = SET1(shift);
  const int64_t head = streams ? until_aligned(y, n, sizeof(V)) : 0;
  const int ahead = streams && n >= LONG;
  int64_t i = 0;
#define ONE y[i] = fmaf(fmaf(x[i] - centre, rstd, shift), weight[i], bias[i])
  for (; i < head; i++) ONE;
  for (; i + LANES <= n; i += LANES) {
    if (ahead) AHEAD(x + i);
    PUT(y + i, FMA(FMA(SUB(LOAD(x + i), h), k, s), LOAD(weight + i), LOAD(bias + i)), streams);
  }
  for (; i < n; i++) ONE;
#undef ONE
}

TARGET void NAME(normalize_row)(const float *x, float *y, int64_t n, const float *weight, const float *bias,
                                float centre, float rstd, float shift) {
  NAME(row_result)(x, y, n, weight, bias, centre, rstd, shift, 1);
}

/* y = (x - centre) * scale + shift of one run */
INLINE void NAME(run_result)(const float *x, float *y, int64_t n, float centre, float scale, float shift, int streams) {
  const V h = SET1(centre), k = SET1(scale), s = SET1(shift);
  const int64_t head = streams ? until_aligned(y, n, sizeof(V)) : 0;
  int64_t i = 0;
#define ONE y[i] = fmaf(x[i] - centre, scale, shift)
  for (; i < head; i++) ONE;
  for (; i + LANES <= n; i += LANES) PUT(y + i, FMA(SUB(LOAD(x + i), h), k, s), streams);
  for (; i < n; i++) ONE;
#undef ONE
}

TARGET void NAME(normalize_run)(const float *x, float *y, int64_t n, float centre, float scale, float shift) {
  NAME(run_result)(x, y, n, centre, scale, shift, 1);
}

/* For each column adds the sum of d and of d * d over rows, d = x - shift, to sums and squares: four rows at a time, and what
   is left row by row. */
INLINE void NAME(moments_of_columns)(const float *x, int64_t rows, int64_t n, int64_t stride, const float *shift,
                                     float *sums, float *squares, int asks) {
  const int64_t ahead = ROWS_AHEAD(stride);
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4, x += 4 * stride) {
    const float *x1 = x + stride, *x2 = x1 + stride, *x3 = x2 + stride;
    int64_t i = 0;
    for (; i + LINE <= n; i += LINE) {
      if (asks) AFTER(x + i + ahead);
      if (asks) AFTER(x1 + i + ahead);
      if (asks) AFTER(x2 + i + ahead);
      if (asks) AFTER(x3 + i + ahead);
      for (int64_t j = i; j < i + LINE; j += LANES) {
        const V s = LOAD(shift + j);
        const V d0 = SUB(LOAD(x + j), s), d1 = SUB(LOAD(x1 + j), s), d2 = SUB(LOAD(x2 + j), s), d3 = SUB(LOAD(x3 + j), s);
        STORE(sums + j, ADD(ADD(ADD(d0, d1), ADD(d2, d3)), LOAD(sums + j)));
        STORE(squares + j, FMA(d3, d3, FMA(d2, d2, FMA(d1, d1, FMA(d0, d0, LOAD(squares + j))))));
      }
    }
    for (; i < n; i++) {
      const float d0 = x[i] - shift[i], d1 = x1[i] - shift[i], d2 = x2[i] - shift[i], d3 = x3[i] - shift[i];
      sums[i] = ((d0 + d1) + (d2 + d3)) + sums[i];
      squares[i] = fmaf(d3, d3, fmaf(d2, d2, fmaf(d1, d1, fmaf(d0, d0, squares[i]))));
    }
  }
  for (; r < rows; r++, x += stride) {
    for (int64_t i = 0; i < n; i++) {
      const float d = x[i] - shift[i];
      sums[i] += d;
      squares[i] = fmaf(d, d, squares[i]);
    }
  }
}

/* asks: whether to ask for the rows that follow, which come from memory. */
TARGET void NAME(column_moments)(const float *x, int64_t rows, int64_t n, int64_t stride, const float *shift,
                                 float *sums, float *squares, _Bool asks) {
  if (asks) {
    NAME(moments_of_columns)(x, rows, n, stride, shift, sums, squares, 1);
  } else {
    NAME(moments_of_columns)(x, rows, n, stride, shift, sums, squares, 0);
  }
}

/* g, but 0 where a ReLU behind z = c * scale + shift is flat. */
INLINE float NAME(gated)(float c, float g, float scale, float shift) { return fmaf(c, scale, shift) <= 0 ? 0 : g; }

/* For each column adds the sum of dz and of dz * (x - centre) over rows to sums and products, as column_moments does; where
   scale is given dz is dy behind a ReLU of (x - centre) * scale + shift. */
INLINE void NAME(gradient_sums_of_columns)(const float *x, const float *dz, int64_t rows, int64_t n, int64_t stride,
                                           const float *centre, const float *scale, const float *shift, float *sums,
                                           float *products, int asks) {
  const int64_t ahead = ROWS_AHEAD(stride);
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4, x += 4 * stride, dz += 4 * stride) {
    const float *x1 = x + stride, *x2 = x1 + stride, *x3 = x2 + stride;
    const float *g1 = dz + stride, *g2 = g1 + stride, *g3 = g2 + stride;
    int64_t i = 0;
    for (; i + LINE <= n; i += LINE) {
      if (asks) AFTER(x + i + ahead);
      if (asks) AFTER(x1 + i + ahead);
      if (asks) AFTER(x2 + i + ahead);
      if (asks) AFTER(x3 + i + ahead);
      if (asks) AFTER(dz + i + ahead);
      if (asks) AFTER(g1 + i + ahead);
      if (asks) AFTER(g2 + i + ahead);
      if (asks) AFTER(g3 + i + ahead);
      for (int64_t j = i; j < i + LINE; j += LANES) {
        const V h = LOAD(centre + j);
        const V c0 = SUB(LOAD(x + j), h), c1 = SUB(LOAD(x1 + j), h), c2 = SUB(LOAD(x2 + j), h), c3 = SUB(LOAD(x3 + j), h);
        V d0 = LOAD(dz + j), d1 = LOAD(g1 + j), d2 = LOAD(g2 + j), d3 = LOAD(g3 + j);
        if (scale) {
          const V k = LOAD(scale + j), b = LOAD(shift + j);
          d0 = KEEP(FMA(c0, k, b), d0);
          d1 = KEEP(FMA(c1, k, b), d1);
          d2 = KEEP(FMA(c2, k, b), d2);
          d3 = KEEP(FMA(c3, k, b), d3);
        }
        STORE(sums + j, ADD(ADD(ADD(d0, d1), ADD(d2, d3)), LOAD(sums + j)));
        STORE(products + j, FMA(c3, d3, FMA(c2, d2, FMA(c1, d1, FMA(c0, d0, LOAD(products + j))))));
      }
    }
    for (; i < n; i++) {
      const float h = centre[i];
      const float c0 = x[i] - h, c1 = x1[i] - h, c2 = x2[i] - h, c3 = x3[i] - h;
      float d0 = dz[i], d1 = g1[i], d2 = g2[i], d3 = g3[i];
      if (scale) {
        d0 = NAME(gated)(c0, d0, scale[i], shift[i]);
        d1 = NAME(gated)(c1, d1, scale[i], shift[i]);
        d2 = NAME(gated)(c2, d2, scale[i], shift[i]);
        d3 = NAME(gated)(c3, d3, scale[i], shift[i]);
      }
      sums[i] = ((d0 + d1) + (d2 + d3)) + sums[i];
      products[i] = fmaf(c3, d3, fmaf(c2, d2, fmaf(c1, d1, fmaf(c0, d0, products[i]))));
    }
  }
  for (; r < rows; r++, x += stride, dz += stride) {
    for (int64_t i = 0; i < n; i++) {
      const float c = x[i] - centre[i];
      const float g = scale ? NAME(gated)(c, dz[i], scale[i], shift[i]) : dz[i];
      sums[i] += g;
      products[i] = fmaf(c, g, products[i]);
    }
  }
}

TARGET void NAME(column_gradient_sums)(const float *x, const float *dz, int64_t rows, int64_t n, int64_t stride,
                                       const float *centre, const float *scale, const float *shift, float *sums,
                                       float *products, _Bool asks) {
  if (asks) {
    NAME(gradient_sums_of_columns)(x, dz, rows, n, stride, centre, scale, shift, sums, products, 1);
  } else {
    NAME(gradient_sums_of_columns)(x, dz, rows, n, stride, centre, 0, 0, sums, products, 0);
  }
}

/* Adds the sums of dz and of dz * (x - centre) to sums[0] and sums[1] as moments does, of fewer elements than LANES in double;
   gate is a scale and a shift as in column_gradient_sums, or absent. What comes 8 KiB later is asked for, which from
   element left on stands skip elements further. */
TARGET void NAME(run_gradient_sums)(const float *x, const float *dz, int64_t n, int64_t left, int64_t skip, float centre,
                                    const float *gate, double *sums) {
  const V h = SET1(centre), k = SET1(gate ? gate[0] : 0), b = SET1(gate ? gate[1] : 0);
  V a[CHAINS] = {0}, q[CHAINS] = {0};
  int64_t i = 0;
  for (; i + CHAINS * LANES <= n; i += CHAINS * LANES) {
    const int64_t ahead = i + 8192 / (int64_t)sizeof(float);
    const int64_t next = ahead < left ? ahead : ahead + skip;
    for (int c = 0; c < CHAINS; c++) {
      AFTER(x + next + c * LANES);
      AFTER(dz + next + c * LANES);
      const V d = SUB(LOAD(x + i + c * LANES), h);
      V g = LOAD(dz + i + c * LANES);
      if (gate) g = KEEP(FMA(d, k, b), g);
      a[c] = ADD(a[c], g);
      q[c] = FMA(d, g, q[c]);
    }
  }
  for (; n >= LANES && i + LANES <= n; i += LANES) {
    const V d = SUB(LOAD(x + i), h);
    V g = LOAD(dz + i);
    if (gate) g = KEEP(FMA(d, k, b), g);
    a[0] = ADD(a[0], g);
    q[0] = FMA(d, g, q[0]);
  }
  float c[LANES] = {0}, g[LANES] = {0};
  double sum = 0, products = 0;
  for (; i < n; i++) {
    const float d = x[i] - centre, kept = gate ? NAME(gated)(d, dz[i], gate[0], gate[1]) : dz[i];
    if (n < LANES) {
      sum += kept;
      products += (double)kept * d;
    } else {
      c[i - (n - LANES)] = d;
      g[i - (n - LANES)] = kept;
    }
  }
  a[1] = ADD(a[1], LOAD(g));
  q[1] = FMA(LOAD(c), LOAD(g), q[1]);
  sums[0] += n < LANES ? sum : NAME(sum)(ADD(ADD(a[0], a[1]), ADD(a[2], a[3])));
  sums[1] += n < LANES ? products : NAME(sum)(ADD(ADD(q[0], q[1]), ADD(q[2], q[3])));
}

/* y = (x - centre) * scale + shift of some rows at once, with an array of each that starts anew with every row */
INLINE void NAME(columns_result)(const float *x, float *y, int rows, int64_t n, int64_t stride, const float *centre,
                                 const float *scale, const float *shift, int streams) {
  const int64_t head = streams ? until_aligned(y, n, sizeof(V)) : 0;
  const int ahead = streams && n < stride;
  int64_t i = 0;
#define ONE \
  for (int r = 0; r < rows; r++) y[r * stride + i] = fmaf(x[r * stride + i] - centre[i], scale[i], shift[i])
  for (; i < head; i++) ONE;
  for (; i + LANES <= n; i += LANES) {
    if (ahead) AHEAD(x + i);
    const V h = LOAD(centre + i), k = LOAD(scale + i), b = LOAD(shift + i);
    for (int r = 0; r < rows; r++) PUT(y + r * stride + i, FMA(SUB(LOAD(x + r * stride + i), h), k, b), streams);
  }
  for (; i < n; i++) ONE;
#undef ONE
}

/* The results of rows, past the caches one by one, into them two at once. */
TARGET void NAME(normalize_columns)(const float *x, float *y, int64_t rows, int64_t n, int64_t stride,
                                    const float *centre, const float *scale, const float *shift, _Bool streams) {
  int64_t r = 0;
  for (; streams && r < rows; r++, x += stride, y += stride) {
    NAME(columns_result)(x, y, 1, n, stride, centre, scale, shift, 1);
  }
  for (; r + 2 <= rows; r += 2, x += 2 * stride, y += 2 * stride) {
    NAME(columns_result)(x, y, 2, n, stride, centre, scale, shift, 0);
  }
  for (; r < rows; r++, x += stride, y += stride) {
    NAME(columns_result)(x, y, 1, n, stride, centre, scale, shift, 0);
  }
}

/* dx = ((x - centre) * -slope + (dz * weight - offset)) * rstd of one row */
INLINE void NAME(row_gradient)(const float *x, const float *dz, float *dx, int64_t n, const float *weight, float centre,
                               float rstd, float offset, float slope, int streams) {
  const V h = SET1(centre), k = SET1(rstd), o = SET1(offset), s = SET1(-slope);
  const int64_t head = streams ? until_aligned(dx, n, sizeof(V)) : 0;
  int64_t i = 0;
#define ONE dx[i] = fmaf(x[i] - centre, -slope, dz[i] * weight[i] - offset) * rstd
  for (; i < head; i++) ONE;
  for (; i + LANES <= n; i += LANES) {
    PUT(dx + i, MUL(FMA(SUB(LOAD(x + i), h), s, SUB(MUL(LOAD(dz + i), LOAD(weight + i)), o)), k), streams);
  }
  for (; i < n; i++) ONE;
#undef ONE
}

TARGET void NAME(gradient_row)(const float *x, const float *dz, float *dx, int64_t n, const float *weight,
                               float centre, float rstd, float offset, float slope) {
  NAME(row_gradient)(x, dz, dx, n, weight, centre, rstd, offset, slope, 1);
}

/* dx of gradient_row for rows that follow each other, each with five terms: centre, rstd, shift, offset, slope; and adds
   dz * ((x - centre) * rstd + shift) and dz to sums of each column. Panels of columns, so that weight and sums stay in
   the first-level cache; meanwhile the rows after these are asked for. */
TARGET void NAME(gradient_rows)(const float *x, const float *dz, float *dx, int64_t rows, int64_t n,
                                const float *weight, const float *terms, float *dweight, float *dbias) {
  for (int64_t begin = 0; begin < n; begin += PANEL) {
    const int64_t end = begin + PANEL < n ? begin + PANEL : n;
    for (int64_t r = 0; r < rows; r++) {
      const float *t = terms + 5 * r, *xs = x + r * n, *gs = dz + r * n;
      float *to = dx + r * n;
      const float centre = t[0], rstd = t[1], shift = t[2], offset = t[3], slope = t[4];
      const V h = SET1(centre), k = SET1(rstd), s = SET1(shift), o = SET1(offset), m = SET1(-slope);
      const int64_t head = begin + until_aligned(to + begin, end - begin, sizeof(V));
      int64_t i = begin;
#define ONE                                                            \
  do {                                                                 \
    const float c = xs[i] - centre, g = gs[i];                         \
    to[i] = fmaf(c, -slope, g * weight[i] - offset) * rstd;            \
    dweight[i] = fmaf(fmaf(c, rstd, shift), g, dweight[i]);            \
    dbias[i] += g;                                                     \
  } while (0)
      for (; i < head; i++) ONE;
      for (; i + LANES <= end; i += LANES) {
        AFTER(xs + rows * n + i);
        AFTER(gs + rows * n + i);
        const V c = SUB(LOAD(xs + i), h), g = LOAD(gs + i);
        STREAM(to + i, MUL(FMA(c, m, SUB(MUL(g, LOAD(weight + i)), o)), k));
        STORE(dweight + i, FMA(FMA(c, k, s), g, LOAD(dweight + i)));
        STORE(dbias + i, ADD(LOAD(dbias + i), g));
      }
      for (; i < end; i++) ONE;
#undef ONE
    }
  }
}

/* dx = ((x - centre) * -slope + (dz * weight - offset)) * rstd of one run, with a gate as in run_gradient_sums */
INLINE void NAME(run_gradient)(const float *x, const float *dz, float *dx, int64_t n, float weight, float centre,
                               float rstd, float offset, float slope, const float *gate, int streams) {
  const V h = SET1(centre), w = SET1(weight), k = SET1(rstd), o = SET1(offset), s = SET1(-slope);
  const V scale = SET1(gate ? gate[0] : 0), shift = SET1(gate ? gate[1] : 0);
  const int64_t head = streams ? until_aligned(dx, n, sizeof(V)) : 0;
  int64_t i = 0;
#define ONE                                                                 \
  do {                                                                      \
    const float c = x[i] - centre;                                          \
    const float g = gate ? NAME(gated)(c, dz[i], gate[0], gate[1]) : dz[i]; \
    dx[i] = fmaf(c, -slope, g * weight - offset) * rstd;                    \
  } while (0)
  for (; i < head; i++) ONE;
  for (; i + LANES <= n; i += LANES) {
    const V c = SUB(LOAD(x + i), h);
    V g = LOAD(dz + i);
    if (gate) g = KEEP(FMA(c, scale, shift), g);
    PUT(dx + i, MUL(FMA(c, s, SUB(MUL(g, w), o)), k), streams);
  }
  for (; i < n; i++) ONE;
#undef ONE
}

TARGET void NAME(gradient_run)(const float *x, const float *dz, float *dx, int64_t n, float weight, float centre,
                               float rstd, float offset, float slope, const float *gate) {
  NAME(run_gradient)(x, dz, dx, n, weight, centre, rstd, offset, slope, gate, 1);
}

/* dx = ((x - centre) * slope + (dz * weight + offset)) * rstd of some rows at once, with arrays of each, gap elements apart
   in this order: centre, weight, offset, slope, rstd; and, if gated, scale and shift as in column_gradient_sums. */
INLINE void NAME(columns_gradient)(const float *x, const float *dz, float *dx, int rows, int64_t n, int64_t stride,
                                   const float *centre, int64_t gap, int gated, int streams) {
  const float *weight = centre + gap, *offset = weight + gap, *slope = offset + gap, *rstd = slope + gap;
  const float *scale = rstd + gap, *shift = scale + gap;
  const int64_t next = streams && n < stride && NEAR(stride) ? stride : 0;
  const int64_t head = streams ? until_aligned(dx, n, sizeof(V)) : 0;
  int64_t i = 0;
#define ONE                                                                      \
  for (int r = 0; r < rows; r++) {                                               \
    const int64_t j = r * stride + i;                                            \
    const float c = x[j] - centre[i];                                            \
    const float g = gated ? NAME(gated)(c, dz[j], scale[i], shift[i]) : dz[j];   \
    dx[j] = fmaf(c, slope[i], fmaf(g, weight[i], offset[i])) * rstd[i];          \
  }
  for (; i < head; i++) ONE;
  for (; i + LANES <= n; i += LANES) {
    if (next) {
      AFTER(x + next + i);
      AFTER(dz + next + i);
    }
    const V h = LOAD(centre + i), w = LOAD(weight + i), o = LOAD(offset + i), s = LOAD(slope + i), k = LOAD(rstd + i);
    for (int r = 0; r < rows; r++) {
      const V c = SUB(LOAD(x + r * stride + i), h);
      V g = LOAD(dz + r * stride + i);
      if (gated) g = KEEP(FMA(c, LOAD(scale + i), LOAD(shift + i)), g);
      PUT(dx + r * stride + i, MUL(FMA(c, s, FMA(g, w, o)), k), streams);
    }
  }
  for (; i < n; i++) ONE;
#undef ONE
}

/* dx of rows, past the caches one by one, into them two at once. */
TARGET void NAME(gradient_columns)(const float *x, const float *dz, float *dx, int64_t rows, int64_t n, int64_t stride,
                                   const float *centre, int64_t gap, _Bool gated, _Bool streams) {
  int64_t r = 0;
  for (; streams && r < rows; r++, x += stride, dz += stride, dx += stride) {
    NAME(columns_gradient)(x, dz, dx, 1, n, stride, centre, gap, gated, 1);
  }
  for (; r + 2 <= rows; r += 2, x += 2 * stride, dz += 2 * stride, dx += 2 * stride) {
    NAME(columns_gradient)(x, dz, dx, 2, n, stride, centre, gap, 0, 0);
  }
  for (; r < rows; r++, x += stride, dz += stride, dx += stride) {
    NAME(columns_gradient)(x, dz, dx, 1, n, stride, centre, gap, 0, 0);
  }
}
