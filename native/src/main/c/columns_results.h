/*
 * The results of matrices whose columns have terms of their own, see columns.h.
 */

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
