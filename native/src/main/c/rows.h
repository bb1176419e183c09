/*
 * Rows from their statistics to their result in one call: LayerNorm and RMSNorm. Macros as for streaming.h; the kernels
 * come in two kinds, whose results go past the caches and whose results stay in them.
 */

INLINE int64_t NAME(rows_forward)(const float *x, float *y, int64_t rows, int64_t n, const float *weight,
                                  const float *bias, double eps, int centred, float *mean, float *low, float *rstd,
                                  const float *after, int activation, int streams) {
  for (int64_t r = 0; r < rows; r++, x += n, y += n) {
    double moments[2];
    if (!NAME(set_moments)(x, 1, 0, n, eps, centred, streams && n >= LONG, moments)) return r;
    const float high = (float)moments[0], rest = (float)(moments[0] - high);
    const float scale = (float)(1 / sqrt(moments[1] + eps));
    if (mean) mean[r] = high;
    if (low) low[r] = rest;
    if (rstd) rstd[r] = scale;
    NAME(row_result)(x, y, n, weight, bias, high, scale, -rest * scale, after ? after + r * n : 0, activation, streams);
  }
  return rows;
}

/* Normalizes rows, with what follows, and saves their mean, what its rounding lost, and rstd; NULL for what is not wanted.
   Ends before a row whose statistics one pass over it cannot give, and says how many rows are done. */
TARGET int64_t NAME(normalize_rows)(const float *x, float *y, int64_t rows, int64_t n, const float *weight,
                                    const float *bias, double eps, int centred, float *mean, float *low, float *rstd,
                                    const float *after, int activation, int streams) {
#define ROWS(after, activation, streams) \
  NAME(rows_forward)(x, y, rows, n, weight, bias, eps, centred, mean, low, rstd, after, activation, streams)
  if (after || activation) return streams ? ROWS(after, activation, 1) : ROWS(after, activation, 0);
  return streams ? ROWS(0, 0, 1) : ROWS(0, 0, 0);
#undef ROWS
}

/* The sums of g and of g * c, and for each column those of dz * (c * rstd + shift) and of dz; g = dz * weight, c = x -
   centre. Asks ahead in x and dy. */
INLINE void NAME(row_sums)(const float *x, const float *dy, const float *dz, int64_t n, const float *weight,
                           float centre, float rstd, float shift, float *dweight, float *dbias, double *sums,
                           int ahead) {
  const V h = SET1(centre), k = SET1(rstd), s = SET1(shift);
  V a = SET1(0), q = SET1(0);
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    if (ahead && i % LINE < LANES) {
      AHEAD(x + i);
      AHEAD(dy + i);
    }
    const V d = LOAD(dz + i), c = SUB(LOAD(x + i), h), g = MUL(d, LOAD(weight + i));
    a = ADD(a, g);
    q = FMA(c, g, q);
    STORE(dweight + i, FMA(FMA(c, k, s), d, LOAD(dweight + i)));
    STORE(dbias + i, ADD(LOAD(dbias + i), d));
  }
  float cs[LANES] = {0}, gs[LANES] = {0};
  for (int j = 0; i < n; i++, j++) {
    cs[j] = x[i] - centre;
    gs[j] = dz[i] * weight[i];
    dweight[i] = fmaf(fmaf(cs[j], rstd, shift), dz[i], dweight[i]);
    dbias[i] += dz[i];
  }
  sums[0] += NAME(sum)(ADD(a, LOAD(gs)));
  sums[1] += NAME(sum)(FMA(LOAD(cs), LOAD(gs), q));
}

/* dz of some elements of a row, by way of their z. */
INLINE void NAME(row_differentiated)(const float *x, const float *dy, float *dz, int64_t n, const float *weight,
                                     const float *bias, float centre, float rstd, float shift, const float *after,
                                     int activation) {
  float z[CHUNK];
  NAME(row_linear)(x, z, n, weight, bias, centre, rstd, shift, after, 0, 0);
  NAME(differentiate)(z, dy, dz, n, activation);
}

INLINE void NAME(rows_backward)(const float *x, const float *dy, float *room, int64_t step, float *dx, int64_t rows,
                                int64_t n, const float *weight, const float *bias, const float *mean, const float *low,
                                const float *rstd, int centred, const float *after, int activation, const float *dsum,
                                float *dweight, float *dbias, int streams) {
  for (int64_t r = 0; r < rows; r++, x += n, dy += n, dx += n, room += step) {
    const float centre = mean ? mean[r] : 0, rest = low ? low[r] : 0, scale = rstd[r], shift = -rest * scale;
    const float *dz = activation ? room : dy;
    double sums[2] = {0, 0};
    for (int64_t i = 0; i < n; i += CHUNK) {
      const int64_t some = n - i < CHUNK ? n - i : CHUNK;
      if (activation) {
        NAME(row_differentiated)(x + i, dy + i, room + i, some, weight + i, bias + i, centre, scale, shift,
                                 after ? after + r * n + i : 0, activation);
      }
      NAME(row_sums)(x + i, dy + i, dz + i, some, weight + i, centre, scale, shift, dweight + i, dbias + i, sums, streams);
    }
    const double g = sums[0] / (double)n, gc = sums[1] / (double)n - rest * g;
    const double factor = (double)scale * scale * gc;
    NAME(row_gradient)(x, dy, dz, dx, n, weight, centre, scale, (float)((centred ? g : 0) - factor * rest),
                       (float)factor, dsum ? dsum + r * n : 0, streams);
  }
}

/* dx of rows, from the mean, what its rounding lost (each NULL for 0) and rstd of each, with eps inside the root; and
   adds dz * (c * rstd + shift) and dz to the sums of each column. Behind an activation, dz goes to room, step elements
   from row to row, which has 0 for a room of one row. */
TARGET void NAME(differentiate_rows)(const float *x, const float *dy, float *room, int64_t step, float *dx,
                                     int64_t rows, int64_t n, const float *weight, const float *bias, const float *mean,
                                     const float *low, const float *rstd, int centred, const float *after,
                                     int activation, const float *dsum, float *dweight, float *dbias, int streams) {
#define ROWS(after, activation, dsum, streams)                                                                        \
  NAME(rows_backward)(x, dy, room, step, dx, rows, n, weight, bias, mean, low, rstd, centred, after, activation, dsum, \
                      dweight, dbias, streams)
  if (activation || dsum) {
    streams ? ROWS(after, activation, dsum, 1) : ROWS(after, activation, dsum, 0);
  } else {
    streams ? ROWS(0, 0, 0, 1) : ROWS(0, 0, 0, 0);
  }
#undef ROWS
}
