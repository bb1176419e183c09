/*
 * Convolutions of stride 1 of planes of float32 on 16 lanes, forward and backward, without a matrix of windows: a source is
 * copied once with the zeros around it, and a vector of any window is a vector of that copy, moved. So each vector that is
 * loaded meets 8 channels, and each weight three vectors: 24 multiplications and additions for 8 + 3 loads.
 */
#define TARGET __attribute__((target("avx512f,fma")))

/* Channels and vectors of a tile. */
#define ROWS 8
#define VECTORS 3

/* From planes of a source to planes of a target, of one group of channels, as dev.panorm's Correlation has it. */
typedef struct {
  int64_t channels, out_channels, height, width, out_height, out_width, kernel_h, kernel_w, pad_h, pad_w, dilation_h, dilation_w;
} correlation;

/* Elements of a row of the copy of a source. */
static inline int64_t padded_width(const correlation *c) { return c->out_width + (c->kernel_w - 1) * c->dilation_w; }

/* Rows of it that some rows of the target are made of. */
static inline int64_t source_rows(const correlation *c, int64_t rows) { return rows + (c->kernel_h - 1) * c->dilation_h; }

/* Vectors of a row of the target. */
static inline int64_t vectors_of_row(const correlation *c) { return (c->out_width + 15) / 16; }

/* Copies a row of n elements and writes zeros before and behind it. What follows 4 KiB later is asked for: planes are so small
   that the processor's own prefetching begins anew with each. */
INLINE void copy_row(const float *from, int64_t n, int64_t before, int64_t width, float *to) {
  for (int64_t i = 0; i < width; i += 16) {
    _mm_prefetch((const char *)(from + i) + 4096, _MM_HINT_T0);
    const __mmask16 there = first(n + before - i) & (__mmask16)~first(before - i);
    _mm512_mask_storeu_ps(to + i, first(width - i), _mm512_maskz_loadu_ps(there, from + i - before));
  }
}

/* Copies what some rows of the target are made of, from target's row `row` on, with zeros where the source has nothing. */
TARGET static void copy_source(const correlation *c, const float *source, int64_t row, int64_t rows, float *to) {
  const int64_t width = padded_width(c), count = source_rows(c, rows);
  for (int64_t s = 0; s < c->channels; s++) {
    for (int64_t i = row - c->pad_h; i < row - c->pad_h + count; i++, to += width) {
      const int64_t there = i >= 0 && i < c->height ? c->width : 0;
      copy_row(source + (s * c->height + (there ? i : 0)) * c->width, there, c->pad_w, width, to);
    }
  }
}

/* Where vectors of a tile stand in the copy and in the target's first plane. */
typedef struct {
  const float *from[VECTORS];
  float *to[VECTORS];
} places;

/* Some rows of the kernel in so many vectors of ROWS channels: sums over the channels of the source. */
INLINE void correlate(int vectors, const correlation *c, int64_t step, int64_t tap, int64_t taps, const float *weights,
                      const places *at, int64_t channel, const float *bias) {
  const int64_t down = c->dilation_h * padded_width(c), plane = c->out_height * c->out_width;
  const int64_t rows = least(ROWS, c->out_channels - channel);
  __m512 sum[ROWS][VECTORS];
#pragma GCC unroll 8
  for (int r = 0; r < ROWS; r++) {
#pragma GCC unroll 3
    for (int v = 0; v < vectors; v++) {
      sum[r][v] = _mm512_setzero_ps();
      if (r < rows) _mm_prefetch((const char *)(at->to[v] + (channel + r) * plane), _MM_HINT_T0);
    }
  }
  for (int64_t i = tap; i < tap + taps; i++) {
    for (int64_t j = 0; j < c->kernel_w; j++) {
      const float *from[VECTORS];
      for (int v = 0; v < vectors; v++) from[v] = at->from[v] + i * down + j * c->dilation_w;
      for (int64_t s = 0; s < c->channels; s++) {
        __m512 x[VECTORS];
#pragma GCC unroll 3
        for (int v = 0; v < vectors; v++) {
          x[v] = _mm512_loadu_ps(from[v]);
          from[v] += step;
        }
#pragma GCC unroll 8
        for (int r = 0; r < ROWS; r++) {
          const __m512 w = _mm512_set1_ps(weights[r]);
#pragma GCC unroll 3
          for (int v = 0; v < vectors; v++) sum[r][v] = _mm512_fmadd_ps(x[v], w, sum[r][v]);
        }
        weights += ROWS;
      }
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < ROWS; r++) {
    if (r < rows) {
      const __m512 shift = _mm512_set1_ps(bias ? bias[channel + r] : 0);
      /* All are read before any is written, since the last vector of a row may overlap the one before. */
#pragma GCC unroll 3
      for (int v = 0; v < vectors; v++) {
        sum[r][v] = _mm512_add_ps(sum[r][v], tap ? _mm512_loadu_ps(at->to[v] + (channel + r) * plane) : shift);
      }
#pragma GCC unroll 3
      for (int v = 0; v < vectors; v++) _mm512_storeu_ps(at->to[v] + (channel + r) * plane, sum[r][v]);
    }
  }
}

#define CORRELATE(vectors) \
  TARGET __attribute__((noinline)) static void correlate_##vectors(const correlation *c, int64_t step, int64_t tap, int64_t taps, \
                                                                   const float *weights, const places *at, int64_t channel, \
                                                                   const float *bias) { \
    correlate(vectors, c, step, tap, taps, weights, at, channel, bias); \
  }
CORRELATE(1)
CORRELATE(2)
CORRELATE(3)
#undef CORRELATE

/*
 * Some rows of the target's planes, from `row` on. Weights stand in panels of ROWS channels of the target, side by side for each
 * row and column of the kernel and each channel of the source. A sum is a chain over chain rows of the kernel, and the sum of
 * these. copy has room for channels * source_rows * padded_width elements and 16 more.
 */
TARGET void panorm_correlate_16(const correlation *c, const float *source, int64_t row, int64_t rows, int64_t chain,
                                const float *weights, const float *bias, float *target, float *copy) {
  copy_source(c, source, row, rows, copy);
  const int64_t width = padded_width(c), step = source_rows(c, rows) * width, of_tap = c->kernel_w * c->channels;
  const int64_t of_row = vectors_of_row(c), all = rows * of_row;
  for (int64_t v = 0; v < all; v += VECTORS) {
    const int64_t some = least(VECTORS, all - v);
    places at;
    for (int64_t i = 0; i < some; i++) {
      /* The last vector of a row ends where the row does. */
      const int64_t line = (v + i) / of_row, column = least((v + i) % of_row * 16, c->out_width - 16);
      at.from[i] = copy + line * width + column;
      at.to[i] = target + (row + line) * c->out_width + column;
    }
    for (int64_t tap = 0; tap < c->kernel_h; tap += chain) {
      for (int64_t o = 0; o < c->out_channels; o += ROWS) {
        (some == 1 ? correlate_1 : some == 2 ? correlate_2 : correlate_3)(
            c, step, tap, least(chain, c->kernel_h - tap), weights + (o * c->kernel_h + tap * ROWS) * of_tap, &at, o, bias);
      }
    }
  }
}

/* Of which samples and rows of the target a gradient is the sum: where these begin in the copy, and how many elements further
   the next sample does. */
typedef struct {
  const float *copy;
  int64_t samples, copy_sample, rows;
} range;

/* Copies vectors of ROWS planes of the target's gradient side by side, zeros behind the end of a row; asks for
   the next planes. */
TARGET static void pack_gradient(const correlation *c, const float *dy, int64_t dy_sample, range in, float *to) {
  const int64_t plane = c->out_height * c->out_width;
  for (int64_t n = 0; n < in.samples; n++) {
    for (int64_t i = 0; i < in.rows; i++) {
      for (int64_t j = 0; j < c->out_width; j += 16) {
        const float *from = dy + n * dy_sample + i * c->out_width + j;
        for (int r = 0; r < ROWS; r++, to += 16) {
          _mm_prefetch((const char *)(from + (ROWS + r) * plane), _MM_HINT_T1);
          _mm512_storeu_ps(to, _mm512_maskz_loadu_ps(first(c->out_width - j), from + r * plane));
        }
      }
    }
  }
}

/* So many neighbours in a row of the kernel, for ROWS channels of the target and one of the source: sums over all positions,
   of which the first `done` channels' are not wanted. */
INLINE void correlate_gradient(int taps, const correlation *c, range in, const float *dy, int64_t done, float *to,
                               int64_t to_step) {
  __m512 sum[ROWS][VECTORS];
#pragma GCC unroll 8
  for (int r = 0; r < ROWS; r++) {
#pragma GCC unroll 3
    for (int j = 0; j < taps; j++) sum[r][j] = _mm512_setzero_ps();
  }
  const int64_t width = padded_width(c), next = c->dilation_w;
  for (int64_t n = 0; n < in.samples; n++) {
    for (int64_t i = 0; i < in.rows; i++) {
      const float *x = in.copy + n * in.copy_sample + i * width;
      for (int64_t left = c->out_width; left > 0; left -= 16, x += 16, dy += ROWS * 16) {
        __m512 source[VECTORS];
#pragma GCC unroll 3
        for (int j = 0; j < taps; j++) source[j] = _mm512_maskz_loadu_ps(first(left), x + j * next);
#pragma GCC unroll 8
        for (int r = 0; r < ROWS; r++) {
          const __m512 g = in_register(_mm512_loadu_ps(dy + r * 16)); /* loaded once, not for each of the three */
#pragma GCC unroll 3
          for (int j = 0; j < taps; j++) sum[r][j] = _mm512_fmadd_ps(g, source[j], sum[r][j]);
        }
      }
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < ROWS; r++) {
    if (r >= done) {
#pragma GCC unroll 3
      for (int j = 0; j < taps; j++) to[r * to_step + j] += _mm512_reduce_add_ps(sum[r][j]);
    }
  }
}

#define GRADIENT(taps) \
  TARGET __attribute__((noinline)) static void correlate_gradient_##taps(const correlation *c, range in, const float *dy, \
                                                                         int64_t done, float *to, int64_t to_step) { \
    correlate_gradient(taps, c, in, dy, done, to, to_step); \
  }
GRADIENT(1)
GRADIENT(2)
GRADIENT(3)
#undef GRADIENT

/*
 * Adds to the gradient of a group's weight, [out_channels, channels, kernel_h, kernel_w], what some samples give from target's
 * row `row` on. There are ROWS channels of the target at least; sample n of source and dy stands n * source_sample and n *
 * dy_sample elements behind the first. copy has room for samples * channels * source_rows * padded_width elements and 16 more,
 * packed for samples * rows * vectors_of_row vectors of ROWS channels.
 */
TARGET void panorm_correlate_gradient_16(const correlation *c, const float *source, int64_t source_sample, const float *dy,
                                         int64_t dy_sample, int64_t samples, int64_t row, int64_t rows, float *gradient,
                                         float *copy, float *packed) {
  const int64_t step = source_rows(c, rows) * padded_width(c), taps = c->kernel_h * c->kernel_w;
  for (int64_t n = 0; n < samples; n++) copy_source(c, source + n * source_sample, row, rows, copy + n * c->channels * step);
  for (int64_t o = 0; o < c->out_channels; o += ROWS) {
    const int64_t from = least(o, c->out_channels - ROWS); /* the last ones overlap those before */
    range in = {copy, samples, c->channels * step, rows};
    pack_gradient(c, dy + (from * c->out_height + row) * c->out_width, dy_sample, in, packed);
    for (int64_t s = 0; s < c->channels; s++) {
      for (int64_t k = 0, some; k < taps; k += some) {
        const int64_t i = k / c->kernel_w, j = k % c->kernel_w;
        some = least(VECTORS, c->kernel_w - j);
        in.copy = copy + s * step + i * c->dilation_h * padded_width(c) + j * c->dilation_w;
        (some == 1 ? correlate_gradient_1 : some == 2 ? correlate_gradient_2 : correlate_gradient_3)(
            c, in, packed, o - from, gradient + (from * c->channels + s) * taps + k, c->channels * taps);
      }
    }
  }
}

#undef ROWS
#undef VECTORS
#undef TARGET
