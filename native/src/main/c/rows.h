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

/* Adds dz * (c * rstd + shift) and dz of a row to the sums of their columns. */
INLINE void NAME(add_to_columns)(V c, V dz, const struct row *row, float *dweight, float *dbias) {
  STORE(dweight, FMA(FMA(c, SET1(row->rstd), SET1(row->shift)), dz, LOAD(dweight)));
  STORE(dbias, ADD(LOAD(dbias), dz));
}

INLINE void NAME(add_one_to_columns)(float c, float dz, const struct row *row, float *dweight, float *dbias) {
  *dweight = fmaf(fmaf(c, row->rstd, row->shift), dz, *dweight);
  *dbias += dz;
}

/* The sums of g and of g * c of some elements of a row, g = dz * weight, c = x - centre; and of each column, unless these
   are NULL. Asks ahead in x and dy. */
INLINE void NAME(row_sums)(const float *x, const float *dy, const float *dz, int64_t n, const float *weight,
                           const struct row *row, float *dweight, float *dbias, double *sums, int ahead) {
  const V h = SET1(row->centre);
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
    if (dweight) NAME(add_to_columns)(c, d, row, dweight + i, dbias + i);
  }
  float cs[LANES] = {0}, gs[LANES] = {0};
  for (int j = 0; i < n; i++, j++) {
    cs[j] = x[i] - row->centre;
    gs[j] = dz[i] * weight[i];
    if (dweight) NAME(add_one_to_columns)(cs[j], dz[i], row, dweight + i, dbias + i);
  }
  sums[0] += NAME(sum)(ADD(a, LOAD(gs)));
  sums[1] += NAME(sum)(FMA(LOAD(cs), LOAD(gs), q));
}

/* dx = ((x - centre) * -slope + (dz * weight - offset)) * rstd of adjacent elements of one row, and the gradient of the sum
   before the norm if it has one; asks in x and dy for what stands next elements further, unless this is 0, and adds up the
   columns as row_sums does, unless they are NULL. */
INLINE void NAME(row_gradient)(const float *x, const float *dy, const float *dz, float *dx, int64_t n,
                               const float *weight, const struct row *row, const float *dsum, float *dweight,
                               float *dbias, int64_t next, int streams) {
  const V h = SET1(row->centre), k = SET1(row->rstd), o = SET1(row->offset), s = SET1(-row->slope);
  const int64_t head = streams ? until_aligned(dx, n, sizeof(V)) : 0;
  int64_t i = 0;
#define ONE                                                                                               \
  do {                                                                                                    \
    const float c = x[i] - row->centre;                                                                   \
    if (dweight) NAME(add_one_to_columns)(c, dz[i], row, dweight + i, dbias + i);                         \
    dx[i] = NAME(added_one)(fmaf(c, -row->slope, dz[i] * weight[i] - row->offset) * row->rstd, dsum, i); \
  } while (0)
  for (; i < head; i++) ONE;
  for (; i + LANES <= n; i += LANES) {
    if (next && i % LINE < LANES) {
      AFTER(x + next + i);
      AFTER(dy + next + i);
      if (dsum) AFTER(dsum + next + i);
    }
    const V c = SUB(LOAD(x + i), h), d = LOAD(dz + i);
    if (dweight) NAME(add_to_columns)(c, d, row, dweight + i, dbias + i);
    PUT(dx + i, NAME(added)(MUL(FMA(c, s, SUB(MUL(d, LOAD(weight + i)), o)), k), dsum, i), streams);
  }
  for (; i < n; i++) ONE;
#undef ONE
}

/* dz of some elements of a row, by way of their z. */
INLINE void NAME(row_differentiated)(const float *x, const float *dy, float *dz, int64_t n, const float *weight,
                                     const float *bias, const struct row *row, const float *after, int activation) {
  float z[CHUNK];
  NAME(row_linear)(x, z, n, weight, bias, row->centre, row->rstd, row->shift, after, 0, 0);
  NAME(differentiate)(z, dy, dz, n, activation);
}

/* What the gradient of a row needs, chunk by chunk; behind an activation dz goes to room, which else is dy. */
INLINE void NAME(summed_row)(const float *x, const float *dy, float *room, int64_t n, const float *weight,
                             const float *bias, struct row *row, int centred, const float *after, int activation,
                             float *dweight, float *dbias, int streams) {
  double sums[2] = {0, 0};
  for (int64_t i = 0; i < n; i += CHUNK) {
    const int64_t some = n - i < CHUNK ? n - i : CHUNK;
    if (activation) {
      NAME(row_differentiated)(x + i, dy + i, room + i, some, weight + i, bias + i, row, after ? after + i : 0, activation);
    }
    NAME(row_sums)(x + i, dy + i, room + i, some, weight + i, row, dweight ? dweight + i : 0, dbias ? dbias + i : 0,
                   sums, streams);
  }
  settle_row(row, sums, n, centred);
}

/* Rows that do not stay in the first-level cache: the sums of some rows, then their results and those of the columns, panel
   by panel. */
INLINE void NAME(wide_rows)(const float *x, const float *dy, float *room, int64_t step, float *dx, int rows, int64_t n,
                            const float *weight, const float *bias, struct row *row, int centred, const float *after,
                            int activation, const float *dsum, float *dweight, float *dbias, int streams) {
  for (int r = 0; r < rows; r++) {
    NAME(summed_row)(x + r * n, dy + r * n, room + r * step, n, weight, bias, row + r, centred,
                     after ? after + r * n : 0, activation, 0, 0, streams);
  }
  for (int64_t i = 0; i < n; i += PANEL) {
    const int64_t some = n - i < PANEL ? n - i : PANEL;
    for (int r = 0; r < rows; r++) {
      const int64_t at = r * n + i;
      NAME(row_gradient)(x + at, dy + at, room + r * step + i, dx + at, some, weight + i, row + r,
                         dsum ? dsum + at : 0, dweight + i, dbias + i, 0, streams);
    }
  }
}

/* A row that stays there, from its sums to its results; these ask for the row behind it. */
INLINE void NAME(narrow_row)(const float *x, const float *dy, float *room, float *dx, int64_t n, const float *weight,
                             const float *bias, struct row *row, int centred, const float *after, int activation,
                             const float *dsum, float *dweight, float *dbias, int streams) {
  NAME(summed_row)(x, dy, room, n, weight, bias, row, centred, after, activation, dweight, dbias, streams);
  NAME(row_gradient)(x, dy, room, dx, n, weight, row, dsum, 0, 0, streams ? n : 0, streams);
}

INLINE void NAME(rows_backward)(const float *x, const float *dy, float *room, int64_t step, float *dx, int64_t rows,
                                int64_t n, const float *weight, const float *bias, const float *mean, const float *low,
                                const float *rstd, int centred, const float *after, int activation, const float *dsum,
                                float *dweight, float *dbias, int streams) {
  struct row row[MOST_TOGETHER];
  const int together = n < WIDE || step == 0 ? 1 : (int)TOGETHER(n);
  for (int64_t r = 0; r < rows; r += together) {
    const int some = rows - r < together ? (int)(rows - r) : together;
    const int64_t at = r * n;
    for (int k = 0; k < some; k++) row[k] = row_of(mean, low, rstd, r + k);
    if (n < WIDE) {
      NAME(narrow_row)(x + at, dy + at, room + r * step, dx + at, n, weight, bias, row, centred, after ? after + at : 0,
                       activation, dsum ? dsum + at : 0, dweight, dbias, streams);
    } else {
      NAME(wide_rows)(x + at, dy + at, room + r * step, step, dx + at, some, n, weight, bias, row, centred,
                      after ? after + at : 0, activation, dsum ? dsum + at : 0, dweight, dbias, streams);
    }
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
  NAME(rows_backward)(x, dy, activation ? room : (float *)dy, activation ? step : n, dx, rows, n, weight, bias, mean, low, \
                      rstd, centred, after, activation, dsum, dweight, dbias, streams)
  if (activation || dsum) {
    streams ? ROWS(after, activation, dsum, 1) : ROWS(after, activation, dsum, 0);
  } else {
    streams ? ROWS(0, 0, 0, 1) : ROWS(0, 0, 0, 0);
  }
#undef ROWS
}
