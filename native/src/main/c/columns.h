/*
 * Matrices whose columns have terms of their own: channels-last data. Macros as for streaming.h.
 */

INLINE void NAME(load_band)(V *to, const float *from, int across) {
  for (int v = 0; v < across; v++) to[v] = LOAD(from + v * LANES);
}

INLINE void NAME(store_band)(const V *from, float *to, int across) {
  for (int v = 0; v < across; v++) STORE(to + v * LANES, from[v]);
}

/* Adds d and d * d of four rows of a band, d = x - shift, to the sums of its columns, one row after the other; and
   asks for as much as it reads, from next on. */
INLINE void NAME(moments_of_band)(const float *x, int64_t stride, const float *shift, float *sums, float *squares,
                                  const float *next, int asks, int across) {
  V a[ACROSS], q[ACROSS], pairs[2][ACROSS];
  NAME(load_band)(a, sums, across);
  NAME(load_band)(q, squares, across);
#pragma GCC unroll 4
  for (int k = 0; k < 4; k++, x += stride) {
    if (asks) IN_TURN(next);
#pragma GCC unroll 4
    for (int v = 0; v < across; v++) {
      if (asks) AFTER(next + LATER_LINE(asks, k, v, across, stride));
      const V d = SUB(LOAD(x + v * LANES), LOAD(shift + v * LANES));
      pairs[k / 2][v] = k % 2 ? ADD(pairs[k / 2][v], d) : d;
      q[v] = FMA(d, d, q[v]);
    }
  }
  for (int v = 0; v < across; v++) a[v] = ADD(ADD(pairs[0][v], pairs[1][v]), a[v]);
  NAME(store_band)(a, sums, across);
  NAME(store_band)(q, squares, across);
}

/* For each column adds the sum of d and of d * d over rows, d = x - shift, to sums and squares: four rows at a time, and what
   is left row by row. */
INLINE void NAME(moments_of_columns)(const float *x, int64_t rows, int64_t n, int64_t stride, const float *shift,
                                     float *sums, float *squares, int asks) {
#define ADD_BAND(across) \
  NAME(moments_of_band)(x + i, stride, shift + i, sums + i, squares + i, x + ahead + LATER_BAND(asks, i), asks, across)
  const int64_t ahead = ROWS_AHEAD(asks, stride);
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4, x += 4 * stride) {
    const float *x1 = x + stride, *x2 = x1 + stride, *x3 = x2 + stride;
    int64_t i = 0;
    for (; i + BAND <= n; i += BAND) ADD_BAND(ACROSS);
    for (; i + LANES <= n; i += LANES) ADD_BAND(1);
#undef ADD_BAND
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

/* Adds the sums of columns to float64 ones. */
INLINE void NAME(flush)(const float *sums, double *totals, int64_t n) {
  for (int64_t i = 0; i < n; i++) totals[i] += sums[i];
}

/* Of so many rows float32 sums are taken, by add, and added to two float64 ones for each of n columns. */
#define IN_BLOCKS(first, second, add)                                       \
  float a[CHUNK], b[CHUNK];                                                 \
  for (int64_t r = 0; r < rows; r += BLOCK) {                               \
    const int64_t some = rows - r < BLOCK ? rows - r : BLOCK;               \
    for (int64_t i = 0; i < n; i++) a[i] = b[i] = 0;                        \
    add;                                                                    \
    NAME(flush)(a, first, n);                                               \
    NAME(flush)(b, second, n);                                              \
  }

/* asks: whether to ask for the rows that follow, which come from memory. */
TARGET void NAME(column_moments)(const float *x, int64_t rows, int64_t n, int64_t stride, const float *shift,
                                 float *sums, float *squares, _Bool asks) {
#define MOMENTS(asks) NAME(moments_of_columns)(x, rows, n, stride, shift, sums, squares, asks)
  if (asks && n == stride) {
    MOMENTS(IN_ORDER);
  } else if (asks) {
    MOMENTS(LATER_ROWS);
  } else {
    MOMENTS(0);
  }
#undef MOMENTS
}

TARGET void NAME(column_moments_of_part)(const float *x, int64_t rows, int64_t n, int64_t stride, const float *shift,
                                         double *sums, double *squares, _Bool asks) {
  IN_BLOCKS(sums, squares, NAME(column_moments)(x + r * stride, some, n, stride, shift, a, b, asks))
}

/* Adds dz and dz * (x - centre) of four rows of a band to the sums of its columns, as moments_of_band does. */
INLINE void NAME(gradients_of_band)(const float *x, const float *dz, int64_t stride, const float *centre,
                                const float *scale, const float *shift, V *sums, V *products,
                                    const float *next_x, const float *next_dz, int asks, int across) {
  V pairs[2][ACROSS];
#pragma GCC unroll 4
  for (int k = 0; k < 4; k++, x += stride, dz += stride) {
    if (asks) IN_TURN(next_x);
#pragma GCC unroll 4
    for (int v = 0; v < across; v++) {
      if (asks) {
        AFTER(next_x + LATER_LINE(asks, k, v, across, stride));
        AFTER(next_dz + LATER_LINE(asks, k, v, across, stride));
      }
      const V c = SUB(LOAD(x + v * LANES), LOAD(centre + v * LANES));
      V d = LOAD(dz + v * LANES);
      if (scale) d = KEEP(FMA(c, LOAD(scale + v * LANES), LOAD(shift + v * LANES)), d);
      pairs[k / 2][v] = k % 2 ? ADD(pairs[k / 2][v], d) : d;
      products[v] = FMA(c, d, products[v]);
    }
  }
  for (int v = 0; v < across; v++) sums[v] = ADD(ADD(pairs[0][v], pairs[1][v]), sums[v]);
}

/* For each column adds the sum of dz and of dz * (x - centre) over rows to sums and products, as column_moments does; where
   scale is given dz is dy behind a ReLU of (x - centre) * scale + shift. */
INLINE void NAME(gradient_sums_of_columns)(const float *x, const float *dz, int64_t rows, int64_t n, int64_t stride,
                                           const float *centre, const float *scale, const float *shift, float *sums,
                                           float *products, int asks) {
  V a[ACROSS], q[ACROSS];
  int64_t r = 0;
  if (IS_BAND(n, stride)) {
    NAME(load_band)(a, sums, ACROSS);
    NAME(load_band)(q, products, ACROSS);
    for (; r + 4 <= rows; r += 4, x += 4 * BAND, dz += 4 * BAND) {
      NAME(gradients_of_band)(x, dz, BAND, centre, scale, shift, a, q, 0, 0, 0, ACROSS);
    }
    NAME(store_band)(a, sums, ACROSS);
    NAME(store_band)(q, products, ACROSS);
  }
#define ADD_BAND(across)                                                                                         \
  NAME(load_band)(a, sums + i, across);                                                                          \
  NAME(load_band)(q, products + i, across);                                                                      \
  NAME(gradients_of_band)(x + i, dz + i, stride, centre + i, scale ? scale + i : 0, scale ? shift + i : 0, a, q, \
                          x + ahead + LATER_BAND(asks, i), dz + ahead + LATER_BAND(asks, i), asks, across);      \
  NAME(store_band)(a, sums + i, across);                                                                         \
  NAME(store_band)(q, products + i, across)
  const int64_t ahead = ROWS_AHEAD(asks, stride);
  for (; r + 4 <= rows; r += 4, x += 4 * stride, dz += 4 * stride) {
    const float *x1 = x + stride, *x2 = x1 + stride, *x3 = x2 + stride;
    const float *g1 = dz + stride, *g2 = g1 + stride, *g3 = g2 + stride;
    int64_t i = 0;
    for (; i + BAND <= n; i += BAND) {
      ADD_BAND(ACROSS);
    }
    for (; i + LANES <= n; i += LANES) {
      ADD_BAND(1);
    }
#undef ADD_BAND
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

/* asks: as for column_moments, but not of rows of one band, which are read in their order,
   nor of parts of rows whose lines share places in the first-level cache. */
TARGET void NAME(column_gradient_sums)(const float *x, const float *dz, int64_t rows, int64_t n, int64_t stride,
                                       const float *centre, const float *scale, const float *shift, float *sums,
                                       float *products, _Bool asks) {
#define SUMS(asks)                                                                                              \
  if (scale) {                                                                                                 \
    NAME(gradient_sums_of_columns)(x, dz, rows, n, stride, centre, scale, shift, sums, products, asks);        \
  } else {                                                                                                     \
    NAME(gradient_sums_of_columns)(x, dz, rows, n, stride, centre, 0, 0, sums, products, asks);                \
  }
  if (!asks || IS_BAND(n, stride)) {
    SUMS(0)
  } else if (n == stride) {
    SUMS(IN_ORDER)
  } else if (APART(stride)) {
    SUMS(LATER_ROWS)
  } else {
    SUMS(0)
  }
#undef SUMS
}

TARGET void NAME(column_gradient_sums_of_part)(const float *x, const float *dz, int64_t rows, int64_t n,
                                               int64_t stride, const float *centre, const float *scale,
                                               const float *shift, double *sums, double *products, _Bool asks) {
  IN_BLOCKS(sums, products,
            NAME(column_gradient_sums)(x + r * stride, dz + r * stride, some, n, stride, centre, scale, shift, a, b, asks))
}

/* y = (x - centre) * scale + shift of some rows at once, with an array of each that starts anew with every row, and what
   follows up to a ReLU */
INLINE void NAME(columns_linear)(const float *x, float *y, int rows, int64_t n, int64_t stride, const float *centre,
                                 const float *scale, const float *shift, const float *after, int relu, int streams) {
  const int64_t head = streams ? until_aligned(y, n, sizeof(V)) : 0;
  int64_t i = 0;
#define ONE                                                     \
  for (int64_t r = 0, j = i; r < rows; r++, j += stride) {      \
    const float z = fmaf(x[j] - centre[i], scale[i], shift[i]); \
    y[j] = NAME(end_one)(z, after, j, relu);                    \
  }
  for (; i < head; i++) ONE;
  for (; i + LANES <= n; i += LANES) {
    if (streams) AHEAD(x + i);
    const V h = LOAD(centre + i), k = LOAD(scale + i), b = LOAD(shift + i);
    for (int64_t r = 0, j = i; r < rows; r++, j += stride) {
      PUT(y + j, NAME(end)(FMA(SUB(LOAD(x + j), h), k, b), after, j, relu), streams);
    }
  }
  for (; i < n; i++) ONE;
#undef ONE
}

/* The same of a band of some rows that are aligned, past the caches. */
INLINE void NAME(results_of_band)(const float *x, float *y, int64_t rows, int64_t stride, const float *centre,
                                  const float *scale, const float *shift, const float *after, int relu,
                                  const float *next, int asks, int across) {
  V h[ACROSS], k[ACROSS], b[ACROSS];
  NAME(load_band)(h, centre, across);
  NAME(load_band)(k, scale, across);
  NAME(load_band)(b, shift, across);
  for (int64_t r = 0; r < rows; r++) {
    IN_TURN(next);
#pragma GCC unroll 4
    for (int v = 0; v < across; v++) {
      const int64_t j = r * stride + v * LANES;
      AFTER(next + LATER_LINE(asks, r, v, across, stride));
      STREAM(y + j, NAME(end)(FMA(SUB(LOAD(x + j), h[v]), k[v], b[v]), after, j, relu));
    }
  }
}

/* The results of rows that are aligned and have no gaps, past the caches: of one band all, of wider rows four at once.
   Returns how many are done. */
INLINE int64_t NAME(results_of_bands)(const float *x, float *y, int64_t rows, int64_t n, const float *centre,
                                      const float *scale, const float *shift, const float *after, int relu) {
  const int64_t ahead = ROWS_AHEAD(IN_ORDER, n);
  if (n == BAND) {
    NAME(results_of_band)(x, y, rows, n, centre, scale, shift, after, relu, x + ahead, IN_ORDER, ACROSS);
    return rows;
  }
#define ADD_BAND(across)                                                                                 \
  NAME(results_of_band)(x + i, y + i, 4, n, centre + i, scale + i, shift + i, after ? after + i : 0, relu, \
                        x + ahead + LATER_BAND(IN_ORDER, i), IN_ORDER, across)
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4, x += 4 * n, y += 4 * n, after = after ? after + 4 * n : 0) {
    int64_t i = 0;
    for (; i + BAND <= n; i += BAND) ADD_BAND(ACROSS);
    for (; i < n; i += LANES) ADD_BAND(1);
  }
#undef ADD_BAND
  return r;
}

/* The results of rows, past the caches by bands or one by one, into them two at once. */
INLINE void NAME(columns_results)(const float *x, float *y, int64_t rows, int64_t n, int64_t stride,
                                  const float *centre, const float *scale, const float *shift, const float *after,
                                  int relu, int streams) {
#define SOME(rows, streams)                                                                     \
  NAME(columns_linear)(x + r * stride, y + r * stride, rows, n, stride, centre, scale, shift,   \
                       after ? after + r * stride : 0, relu, streams)
  int64_t r = 0;
  if (streams && n == stride && n % LANES == 0 && until_aligned(y, n, sizeof(V)) == 0) {
    r = NAME(results_of_bands)(x, y, rows, n, centre, scale, shift, after, relu);
  }
  for (; streams && r < rows; r++) SOME(1, 1);
  for (; r + 2 <= rows; r += 2) SOME(2, 0);
  for (; r < rows; r++) SOME(1, 0);
#undef SOME
}

/* The same, and an activation that is not a ReLU. */
INLINE void NAME(columns_activated)(const float *x, float *y, int64_t rows, int64_t n, int64_t stride,
                                    const float *centre, const float *scale, const float *shift, const float *after,
                                    int activation, int streams) {
  float z[CHUNK];
  const int64_t together = n == stride && n < CHUNK ? CHUNK / n : 1;
  for (int64_t r = 0; r < rows; r += together) {
    for (int64_t i = 0; i < n; i += CHUNK) {
      const int64_t some = rows - r < together ? rows - r : together, wide = n - i < CHUNK ? n - i : CHUNK;
      const int64_t at = r * stride + i;
      NAME(columns_results)(x + at, z, some, wide, n, centre + i, scale + i, shift + i, after ? after + at : 0, 0, 0);
      NAME(activate)(z, y + at, some * wide, activation, streams);
    }
  }
}

TARGET void NAME(normalize_columns)(const float *x, float *y, int64_t rows, int64_t n, int64_t stride,
                                    const float *centre, const float *scale, const float *shift, const float *after,
                                    int activation, _Bool streams) {
  if (activation > RELU) {
    NAME(columns_activated)(x, y, rows, n, stride, centre, scale, shift, after, activation, streams);
  } else if (after || activation) {
    NAME(columns_results)(x, y, rows, n, stride, centre, scale, shift, after, activation, streams);
  } else {
    NAME(columns_results)(x, y, rows, n, stride, centre, scale, shift, 0, 0, streams);
  }
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

/* The same of a band of some rows that are aligned, past the caches. */
INLINE void NAME(gradient_of_band)(const float *x, const float *dz, float *dx, int64_t rows, int64_t stride,
                                   const float *centre, int64_t gap, int gated, const float *next_x,
                                   const float *next_dz, int asks, int across) {
  const float *scale = centre + 5 * gap, *shift = scale + gap;
  V h[ACROSS], w[ACROSS], o[ACROSS], s[ACROSS], k[ACROSS];
  NAME(load_band)(h, centre, across);
  NAME(load_band)(w, centre + gap, across);
  NAME(load_band)(o, centre + 2 * gap, across);
  NAME(load_band)(s, centre + 3 * gap, across);
  NAME(load_band)(k, centre + 4 * gap, across);
  for (int64_t r = 0; r < rows; r++, x += stride, dz += stride, dx += stride) {
    if (asks) IN_TURN(next_x);
#pragma GCC unroll 4
    for (int v = 0; v < across; v++) {
      if (asks) {
        AFTER(next_x + LATER_LINE(asks, r, v, across, stride));
        AFTER(next_dz + LATER_LINE(asks, r, v, across, stride));
      }
      const V c = SUB(LOAD(x + v * LANES), h[v]);
      V g = LOAD(dz + v * LANES);
      if (gated) g = KEEP(FMA(c, LOAD(scale + v * LANES), LOAD(shift + v * LANES)), g);
      STREAM(dx + v * LANES, MUL(FMA(c, s[v], FMA(g, w[v], o[v])), k[v]));
    }
  }
}

/* dx of rows that are aligned and have no gaps, past the caches: of one band all, of wider rows four at once. Returns how
   many are done. */
INLINE int64_t NAME(gradients_of_bands)(const float *x, const float *dz, float *dx, int64_t rows, int64_t n,
                                        const float *centre, int64_t gap, int gated) {
  if (n == BAND) {
    NAME(gradient_of_band)(x, dz, dx, rows, n, centre, gap, gated, 0, 0, 0, ACROSS);
    return rows;
  }
#define ADD_BAND(across)                                                                                   \
  NAME(gradient_of_band)(x + i, dz + i, dx + i, 4, n, centre + i, gap, gated, x + ahead + LATER_BAND(IN_ORDER, i), \
                         dz + ahead + LATER_BAND(IN_ORDER, i), IN_ORDER, across)
  const int64_t ahead = ROWS_AHEAD(IN_ORDER, n);
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4, x += 4 * n, dz += 4 * n, dx += 4 * n) {
    int64_t i = 0;
    for (; i + BAND <= n; i += BAND) ADD_BAND(ACROSS);
    for (; i < n; i += LANES) ADD_BAND(1);
  }
#undef ADD_BAND
  return r;
}

/* dx of rows, past the caches by bands or one by one, into them two at once, or four where these do not share their places in the
   first-level cache. */
INLINE void NAME(columns_gradients)(const float *x, const float *dz, float *dx, int64_t rows, int64_t n,
                                    int64_t stride, const float *centre, int64_t gap, int gated, int streams) {
#define SOME(rows, streams)                                                                                      \
  NAME(columns_gradient)(x + r * stride, dz + r * stride, dx + r * stride, rows, n, stride, centre, gap, gated, \
                         streams)
  int64_t r = 0;
  if (streams && n == stride && n % LANES == 0 && until_aligned(dx, n, sizeof(V)) == 0) {
    r = NAME(gradients_of_bands)(x, dz, dx, rows, n, centre, gap, gated);
  }
  for (; streams && r < rows; r++) SOME(1, 1);
  for (; !gated && APART(stride) && r + 4 <= rows; r += 4) SOME(4, 0);
  for (; r + 2 <= rows; r += 2) SOME(2, 0);
  for (; r < rows; r++) SOME(1, 0);
#undef SOME
}

TARGET void NAME(gradient_columns)(const float *x, const float *dz, float *dx, int64_t rows, int64_t n, int64_t stride,
                                   const float *centre, int64_t gap, _Bool gated, _Bool streams) {
  if (gated) {
    NAME(columns_gradients)(x, dz, dx, rows, n, stride, centre, gap, 1, streams);
  } else {
    NAME(columns_gradients)(x, dz, dx, rows, n, stride, centre, gap, 0, streams);
  }
}
