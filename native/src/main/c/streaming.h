/*
 * The kernels of streaming.c for one width of vectors. Before each inclusion: LANES, V (the vector type), NAME(x) (the
 * C name of a kernel), LOAD, STORE, SET1, ADD, SUB, MUL, FMA, STREAM, and TARGET, the instruction set.
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
TARGET void NAME(column_moments)(const float *x, int64_t rows, int64_t n, int64_t stride, const float *shift,
                                 float *sums, float *squares) {
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4, x += 4 * stride) {
    const float *x1 = x + stride, *x2 = x1 + stride, *x3 = x2 + stride;
    int64_t i = 0;
    for (; i + LINE <= n; i += LINE) {
      AHEAD(x + i);
      AHEAD(x1 + i);
      AHEAD(x2 + i);
      AHEAD(x3 + i);
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

/* For each column adds the sum of dz and of dz * (x - centre) over rows to sums and products, as column_moments does. */
TARGET void NAME(column_gradient_sums)(const float *x, const float *dz, int64_t rows, int64_t n, int64_t stride,
                                       const float *centre, float *sums, float *products) {
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4, x += 4 * stride, dz += 4 * stride) {
    const float *x1 = x + stride, *x2 = x1 + stride, *x3 = x2 + stride;
    const float *g1 = dz + stride, *g2 = g1 + stride, *g3 = g2 + stride;
    int64_t i = 0;
    for (; i + LINE <= n; i += LINE) {
      AHEAD(x + i);
      AHEAD(x1 + i);
      AHEAD(x2 + i);
      AHEAD(x3 + i);
      AHEAD(dz + i);
      AHEAD(g1 + i);
      AHEAD(g2 + i);
      AHEAD(g3 + i);
      for (int64_t j = i; j < i + LINE; j += LANES) {
        const V h = LOAD(centre + j);
        const V d0 = LOAD(dz + j), d1 = LOAD(g1 + j), d2 = LOAD(g2 + j), d3 = LOAD(g3 + j);
        STORE(sums + j, ADD(ADD(ADD(d0, d1), ADD(d2, d3)), LOAD(sums + j)));
        V p = FMA(SUB(LOAD(x + j), h), d0, LOAD(products + j));
        p = FMA(SUB(LOAD(x1 + j), h), d1, p);
        p = FMA(SUB(LOAD(x2 + j), h), d2, p);
        STORE(products + j, FMA(SUB(LOAD(x3 + j), h), d3, p));
      }
    }
    for (; i < n; i++) {
      const float h = centre[i];
      sums[i] = ((dz[i] + g1[i]) + (g2[i] + g3[i])) + sums[i];
      const float p = fmaf(x1[i] - h, g1[i], fmaf(x[i] - h, dz[i], products[i]));
      products[i] = fmaf(x3[i] - h, g3[i], fmaf(x2[i] - h, g2[i], p));
    }
  }
  for (; r < rows; r++, x += stride, dz += stride) {
    for (int64_t i = 0; i < n; i++) {
      sums[i] += dz[i];
      products[i] = fmaf(x[i] - centre[i], dz[i], products[i]);
    }
  }
}

/* y = (x - centre) * scale + shift, with an array of each that starts anew with every row */
TARGET void NAME(normalize_columns)(const float *x, float *y, int64_t rows, int64_t n, int64_t stride,
                                    const float *centre, const float *scale, const float *shift) {
  for (int64_t r = 0; r < rows; r++, x += stride, y += stride) {
    const int64_t head = until_aligned(y, n, sizeof(V));
    int64_t i = 0;
#define ONE y[i] = fmaf(x[i] - centre[i], scale[i], shift[i])
    for (; i < head; i++) ONE;
    for (; i + LANES <= n; i += LANES) {
      if (n < stride) AHEAD(x + i);
      STREAM(y + i, FMA(SUB(LOAD(x + i), LOAD(centre + i)), LOAD(scale + i), LOAD(shift + i)));
    }
    for (; i < n; i++) ONE;
#undef ONE
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

/* dx = ((x - centre) * -slope + (dz * weight - offset)) * rstd of one run */
INLINE void NAME(run_gradient)(const float *x, const float *dz, float *dx, int64_t n, float weight, float centre,
                               float rstd, float offset, float slope, int streams) {
  const V h = SET1(centre), w = SET1(weight), k = SET1(rstd), o = SET1(offset), s = SET1(-slope);
  const int64_t head = streams ? until_aligned(dx, n, sizeof(V)) : 0;
  int64_t i = 0;
#define ONE dx[i] = fmaf(x[i] - centre, -slope, dz[i] * weight - offset) * rstd
  for (; i < head; i++) ONE;
  for (; i + LANES <= n; i += LANES) {
    PUT(dx + i, MUL(FMA(SUB(LOAD(x + i), h), s, SUB(MUL(LOAD(dz + i), w), o)), k), streams);
  }
  for (; i < n; i++) ONE;
#undef ONE
}

TARGET void NAME(gradient_run)(const float *x, const float *dz, float *dx, int64_t n, float weight, float centre,
                               float rstd, float offset, float slope) {
  NAME(run_gradient)(x, dz, dx, n, weight, centre, rstd, offset, slope, 1);
}

/* dx = ((x - centre) * slope + (dz * weight + offset)) * rstd, with arrays of each, gap elements apart in this order:
   centre, weight, offset, slope, rstd */
TARGET void NAME(gradient_columns)(const float *x, const float *dz, float *dx, int64_t rows, int64_t n, int64_t stride,
                                   const float *centre, int64_t gap) {
  const float *weight = centre + gap, *offset = weight + gap, *slope = offset + gap, *rstd = slope + gap;
  for (int64_t r = 0; r < rows; r++, x += stride, dz += stride, dx += stride) {
    const int64_t head = until_aligned(dx, n, sizeof(V));
    int64_t i = 0;
#define ONE dx[i] = fmaf(x[i] - centre[i], slope[i], fmaf(dz[i], weight[i], offset[i])) * rstd[i]
    for (; i < head; i++) ONE;
    for (; i + LANES <= n; i += LANES) {
      const V g = FMA(LOAD(dz + i), LOAD(weight + i), LOAD(offset + i));
      STREAM(dx + i, MUL(FMA(SUB(LOAD(x + i), LOAD(centre + i)), LOAD(slope + i), g), LOAD(rstd + i)));
    }
    for (; i < n; i++) ONE;
#undef ONE
  }
}
