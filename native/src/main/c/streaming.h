/*
 * The kernels of streaming.c for one width of vectors. Before each inclusion: LANES, V (the vector type), NAME(x) (the
 * C name of a kernel), LOAD, SET1, ADD, SUB, MUL, FMA, STREAM, and TARGET, the instruction set.
 *
 * Each kernel goes element by element until its output is aligned to a whole vector, streams whole vectors, and ends
 * element by element. Every step is rounded as the Vector API's loops round it, so the results are the same bits.
 */

/* y = ((x - centre) * rstd + shift) * weight + bias */
TARGET void NAME(normalize_row)(const float *x, float *y, int64_t n, const float *weight, const float *bias,
                                float centre, float rstd, float shift) {
  const V h = SET1(centre), k = SET1(rstd), s = SET1(shift);
  const int64_t head = until_aligned(y, n, sizeof(V));
  int64_t i = 0;
#define ONE y[i] = fmaf(fmaf(x[i] - centre, rstd, shift), weight[i], bias[i])
  for (; i < head; i++) ONE;
  for (; i + LANES <= n; i += LANES) {
    STREAM(y + i, FMA(FMA(SUB(LOAD(x + i), h), k, s), LOAD(weight + i), LOAD(bias + i)));
  }
  for (; i < n; i++) ONE;
#undef ONE
}

/* y = (x - centre) * scale + shift */
TARGET void NAME(normalize_run)(const float *x, float *y, int64_t n, float centre, float scale, float shift) {
  const V h = SET1(centre), k = SET1(scale), s = SET1(shift);
  const int64_t head = until_aligned(y, n, sizeof(V));
  int64_t i = 0;
#define ONE y[i] = fmaf(x[i] - centre, scale, shift)
  for (; i < head; i++) ONE;
  for (; i + LANES <= n; i += LANES) STREAM(y + i, FMA(SUB(LOAD(x + i), h), k, s));
  for (; i < n; i++) ONE;
#undef ONE
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
      STREAM(y + i, FMA(SUB(LOAD(x + i), LOAD(centre + i)), LOAD(scale + i), LOAD(shift + i)));
    }
    for (; i < n; i++) ONE;
#undef ONE
  }
}

/* dx = ((x - centre) * -slope + (dz * weight - offset)) * rstd */
TARGET void NAME(gradient_row)(const float *x, const float *dz, float *dx, int64_t n, const float *weight,
                               float centre, float rstd, float offset, float slope) {
  const V h = SET1(centre), k = SET1(rstd), o = SET1(offset), s = SET1(-slope);
  const int64_t head = until_aligned(dx, n, sizeof(V));
  int64_t i = 0;
#define ONE dx[i] = fmaf(x[i] - centre, -slope, dz[i] * weight[i] - offset) * rstd
  for (; i < head; i++) ONE;
  for (; i + LANES <= n; i += LANES) {
    STREAM(dx + i, MUL(FMA(SUB(LOAD(x + i), h), s, SUB(MUL(LOAD(dz + i), LOAD(weight + i)), o)), k));
  }
  for (; i < n; i++) ONE;
#undef ONE
}

/* As gradient_row, with one weight for all. */
TARGET void NAME(gradient_run)(const float *x, const float *dz, float *dx, int64_t n, float weight, float centre,
                               float rstd, float offset, float slope) {
  const V h = SET1(centre), w = SET1(weight), k = SET1(rstd), o = SET1(offset), s = SET1(-slope);
  const int64_t head = until_aligned(dx, n, sizeof(V));
  int64_t i = 0;
#define ONE dx[i] = fmaf(x[i] - centre, -slope, dz[i] * weight - offset) * rstd
  for (; i < head; i++) ONE;
  for (; i + LANES <= n; i += LANES) {
    STREAM(dx + i, MUL(FMA(SUB(LOAD(x + i), h), s, SUB(MUL(LOAD(dz + i), w), o)), k));
  }
  for (; i < n; i++) ONE;
#undef ONE
}

/* dx = ((x - centre) * slope + (dz * weight + offset)) * rstd, with arrays of each, gap elements apart in this order:
   centre, weight, offset, slope, rstd */
TARGET void NAME(gradient_columns)(const float *x, const float *dz, float *dx, int64_t rows, int64_t n, int64_t stride,
                                   const float *centre, int64_t gap) {
  const float *weight = centre + gap, *offset = weight + gap, *slope = offset + gap, *rstd = slope + gap;
  for (int64_t r = 0; r < rows; r++, x += stride, dz += stride, dx += stride) {
    const int64_t head = until_aligned(dx, n, sizeof(V));
    int64_t i = 0;
#define ONE dx[i] = fmaf(x[i] - centre[i], slope[i], dz[i] * weight[i] + offset[i]) * rstd[i]
    for (; i < head; i++) ONE;
    for (; i + LANES <= n; i += LANES) {
      const V g = ADD(MUL(LOAD(dz + i), LOAD(weight + i)), LOAD(offset + i));
      STREAM(dx + i, MUL(FMA(SUB(LOAD(x + i), LOAD(centre + i)), LOAD(slope + i), g), LOAD(rstd + i)));
    }
    for (; i < n; i++) ONE;
#undef ONE
  }
}

#undef LANES
#undef V
#undef NAME
#undef LOAD
#undef SET1
#undef ADD
#undef SUB
#undef MUL
#undef FMA
#undef STREAM
#undef TARGET
