/*
 * Matrices whose columns have terms of their own: channels-last data. Here are the sums, in columns_results.h the results. Macros
 * as for streaming.h.
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
