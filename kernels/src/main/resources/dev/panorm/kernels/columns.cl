// Norms over the rows of a matrix, x is [samples, rows, channels] with the channels side by side: BatchNorm of
// [N, C] and of NHWC data (one sample, a group per channel), GroupNorm and InstanceNorm of NHWC data.
//
//   columns_statistics      per chunk of rows and channel: mean and sum of squared deviations
//   columns_gather          the same per channel, in the place of the first chunk
//   columns_merge           mean, rstd of each (sample, group), running statistics
//   columns_coefficients    high, low, scale, offset per (sample, channel)
//   columns_apply           y = activation(((x - high) - low) scale + offset)
//   columns_backward_sums, columns_backward_gather, columns_backward_coefficients, columns_backward_apply, columns_parameters
//
// Launch: one group per (sample, chunk of rows); every item owns the columns lid * VW + k * LS * VW, so nothing is
// shared between items. One item per (sample, VW channels) (gather), per (sample, group) (merge, backward_coefficients), per (sample, channel)
// (coefficients), per channel (parameters). Bytes: forward 3, backward 5 times the tensor; 2 and 3 where a sample
// stays in the last-level cache between the launches. Derivation: docs/columns.md.

#include "epilogue.cl"
#include "moments.cl"
#include "running.cl"

// Rows that are read side by side: few enough for the memory's prefetchers, enough to merge seldom.
#define ROWS 8

#if VW == 1
#define ANY(condition) (condition)
#else
#define ANY(condition) any(condition)
#endif

// Doubles that one (sample, chunk) takes in `partial`: two per channel.
#define PARTIAL(sample, chunk, chunks, channels) (((sample) * (chunks) + (chunk)) * 2 * (channels))

INLINE WIDE load_wide(__global const double *p, long i, long n) {
#if VW == 1
  return p[i];
#else
  if (i + VW <= n) {
    return JOIN(vload, VW)(0, p + i);
  }
  double t[VW];
  for (int k = 0; k < VW; k++) {
    t[k] = i + k < n ? p[i + k] : 0;
  }
  return JOIN(vload, VW)(0, t);
#endif
}

INLINE void store_wide(WIDE v, __global double *p, long i, long n) {
#if VW == 1
  p[i] = v;
#else
  if (i + VW <= n) {
    JOIN(vstore, VW)(v, 0, p + i);
    return;
  }
  double t[VW];
  JOIN(vstore, VW)(v, 0, t);
  for (int k = 0; k < VW; k++) {
    if (i + k < n) {
      p[i + k] = t[k];
    }
  }
#endif
}

// --------------------------------------------------------------------------------------------- forward

// Adds rows [0, rows) of one vector of columns to the moments of `before` rows.
INLINE void column_moments(long i, long channels, int rows, double before, __global const REAL *x,
                           __global const REAL *residual, __global double *mean, __global double *m2,
                           int center) {
  VEC shift = 0;
  if (center) {
    VEC sum = 0;
    VEC other = 0;
    int row = 0;
    for (; row + 1 < rows; row += 2) {
      sum += input(x + row * channels, OFFSET(residual, row * channels), i, channels, 0);
      other += input(x + (row + 1) * channels, OFFSET(residual, (row + 1) * channels), i, channels, 0);
    }
    if (row < rows) {
      sum += input(x + row * channels, OFFSET(residual, row * channels), i, channels, 0);
    }
    shift = (sum + other) / (REAL)rows;
  }
  VEC sum = 0;
  VEC square = 0;
  for (int row = 0; row < rows; row++) {
    fetch_ahead(x + (row + ROWS) * channels + i);
    VEC d = input(x + row * channels, OFFSET(residual, row * channels), i, channels, 0) - shift;
    sum += d;
    square = fma(d, d, square);
  }
  WIDE wide_sum = AS_WIDE(sum);
  WIDE wide_square = AS_WIDE(square);
  if (ANY(!(wide_square > SMALLEST_SQUARES && wide_square < LARGEST_SQUARES))) {
    shift = isfinite(shift) ? shift : (VEC)(0);
    wide_sum = 0;
    wide_square = 0;
    for (int row = 0; row < rows; row++) {
      WIDE d = AS_WIDE(input(x + row * channels, OFFSET(residual, row * channels), i, channels, 0)) - AS_WIDE(shift);
      wide_sum += d;
      wide_square = fma(d, d, wide_square);
    }
  }
  double count = rows;
  WIDE block_mean = center ? AS_WIDE(shift) + wide_sum / count : 0;
  WIDE block_m2 = center ? wide_square - wide_sum * wide_sum / count : wide_square;
  if (before > 0) {
    double share = count / (before + count);
    WIDE old_mean = load_wide(mean, i, channels);
    WIDE delta = block_mean - old_mean;
    block_mean = isfinite(delta) ? old_mean + delta * share : old_mean + block_mean;
    block_m2 += load_wide(m2, i, channels) + delta * delta * (before * share);
  }
  store_wide(block_mean, mean, i, channels);
  store_wide(block_m2, m2, i, channels);
}

__kernel void columns_statistics(const long rows, const long channels, const long chunks,
                                 const long rows_per_chunk, const long first_sample,
                                 __global const REAL *x, __global const REAL *residual,
                                 __global double *partial, const int center) {
  long sample = first_sample + (long)get_group_id(0) / chunks;
  long chunk = (long)get_group_id(0) % chunks;
  long first = chunk * rows_per_chunk;
  long last = min(first + rows_per_chunk, rows);
  __global double *mean = partial + PARTIAL(sample, chunk, chunks, channels);
  __global double *m2 = mean + channels;
  for (long row = first; row < last; row += ROWS) {
    long at = (sample * rows + row) * channels;
    int count = (int)min((long)ROWS, last - row);
    long i = get_local_id(0) * VW;
    for (; i + VW <= channels; i += STEP) {
      column_moments(i, channels, count, row - first, x + at, OFFSET(residual, at), mean, m2, center);
    }
    if (i < channels) {
      column_moments(i, channels, count, row - first, x + at, OFFSET(residual, at), mean, m2, center);
    }
  }
}

__kernel void columns_gather(const long first_sample, const long samples, const long rows,
                             const long channels, const long chunks, const long rows_per_chunk,
                             __global double *partial) {
  long vectors = (channels + VW - 1) / VW;
  long item = get_global_id(0);
  if (item >= samples * vectors) {
    return;
  }
  long i = item % vectors * VW;
  __global double *first = partial + PARTIAL(first_sample + item / vectors, 0, chunks, channels);
  WIDE mean = load_wide(first, i, channels);
  WIDE m2 = load_wide(first + channels, i, channels);
  for (long chunk = 1; chunk < chunks; chunk++) {
    __global const double *next = first + PARTIAL(0, chunk, chunks, channels);
    double before = (double)(chunk * rows_per_chunk);
    double count = (double)min(rows_per_chunk, rows - chunk * rows_per_chunk);
    double share = count / (before + count);
    WIDE next_mean = load_wide(next, i, channels);
    WIDE delta = next_mean - mean;
    mean = isfinite(delta) ? mean + delta * share : mean + next_mean;
    m2 += load_wide(next + channels, i, channels) + delta * delta * (before * share);
  }
  store_wide(mean, first, i, channels);
  store_wide(m2, first + channels, i, channels);
}

__kernel void columns_merge(const long first_sample, const long samples, const long rows,
                            const long channels, const long groups, const long chunks,
                            __global const double *partial,
                            __global REAL *mean, __global REAL *mean_low, __global REAL *rstd,
                            __global REAL *running_mean, __global REAL *running_var,
                            const double momentum, const int unbiased, const double eps,
                            const int eps_mode) {
  long unit = first_sample * groups + (long)get_global_id(0);
  if (unit >= (first_sample + samples) * groups) {
    return;
  }
  long sample = unit / groups;
  long per_group = channels / groups;
  Moments all = no_moments();
  __global const double *p = partial + PARTIAL(sample, 0, chunks, channels);
  for (long channel = unit % groups * per_group; channel < (unit % groups + 1) * per_group; channel++) {
    Moments one;
    one.count = (double)rows;
    one.mean = p[channel];
    one.m2 = p[channels + channel];
    all = all.count == 0 ? one : merge(all, one);
  }
  save_statistics(all, eps, eps_mode, mean, mean_low, rstd, unit);
  update_running(all, running_mean, running_var, unit, momentum, unbiased, eps, eps_mode);
}

// Rows of `coefficients`, each of `channels` values, per sample.
#define HIGH 0
#define LOW 1
#define SCALE 2
#define ADDEND 3
#define FORWARD_ROWS 4
#define RSTD 2
#define WEIGHT 4
#define SHIFT 5
#define SLOPE 6
#define BACKWARD_ROWS 7

__kernel void columns_coefficients(const long first_sample, const long samples, const long channels,
                                   const long groups,
                                   __global const REAL *weight, __global const REAL *bias,
                                   __global const REAL *mean, __global const REAL *mean_low,
                                   __global const REAL *rstd, __global REAL *coefficients) {
  long index = first_sample * channels + (long)get_global_id(0);
  if (index >= (first_sample + samples) * channels) {
    return;
  }
  long channel = index % channels;
  long unit = index / channels * groups + channel / (channels / groups);
  __global REAL *row = coefficients + index / channels * FORWARD_ROWS * channels;
  row[HIGH * channels + channel] = entry(mean, unit, 0);
  row[LOW * channels + channel] = entry(mean_low, unit, 0);
  row[SCALE * channels + channel] = (REAL)((double)rstd[unit] * entry(weight, channel, 1));
  row[ADDEND * channels + channel] = entry(bias, channel, 0);
}

INLINE void column_forward_at(long i, long channels, __global const REAL *x, __global const REAL *residual,
                              __global REAL *y, __global REAL *sum, __global const REAL *c) {
  VEC v = input(x, residual, i, channels, 0);
#if RES == 1
  if (sum) {
    store_to(v, sum, i, channels);
  }
#endif
  VEC centred = (v - load_to(c + HIGH * channels, i, channels, 0)) - load_to(c + LOW * channels, i, channels, 0);
  VEC z = fma(centred, load_to(c + SCALE * channels, i, channels, 0),
              load_to(c + ADDEND * channels, i, channels, 0));
  store_to(epilogue(z, residual, i, channels), y, i, channels);
}

__kernel void columns_apply(const long rows, const long channels, const long chunks,
                            const long rows_per_chunk, const long first_sample, __global const REAL *x,
                            __global const REAL *residual, __global REAL *y, __global REAL *sum,
                            __global const REAL *coefficients) {
  long sample = first_sample + (long)get_group_id(0) / chunks;
  // Backwards, since the last rows are the likeliest to be in the cache still.
  long chunk = chunks - 1 - (long)get_group_id(0) % chunks;
  long last = min((chunk + 1) * rows_per_chunk, rows);
  __global const REAL *c = coefficients + sample * FORWARD_ROWS * channels;
  for (long row = chunk * rows_per_chunk; row < last; row++) {
    long at = (sample * rows + row) * channels;
    long i = get_local_id(0) * VW;
    for (; i + VW <= channels; i += STEP) {
      column_forward_at(i, channels, x + at, OFFSET(residual, at), y + at, OFFSET(sum, at), c);
    }
    if (i < channels) {
      column_forward_at(i, channels, x + at, OFFSET(residual, at), y + at, OFFSET(sum, at), c);
    }
  }
}

// -------------------------------------------------------------------------------------------- backward

typedef struct {
  VEC high;
  VEC low;
  VEC rstd;
  VEC weight;
  VEC bias;
} Affine;

// Coefficients of the columns; c has HIGH, LOW, RSTD, ADDEND and WEIGHT.
INLINE Affine affine_at(long i, long channels, __global const REAL *c) {
  Affine a;
  a.high = load_to(c + HIGH * channels, i, channels, 0);
  a.low = load_to(c + LOW * channels, i, channels, 0);
  a.rstd = load_to(c + RSTD * channels, i, channels, 0);
#if ACT != 0
  a.bias = load_to(c + ADDEND * channels, i, channels, 0);
#endif
  a.weight = load_to(c + WEIGHT * channels, i, channels, 0);
  return a;
}

INLINE VEC normalized_at(long i, long channels, __global const REAL *x, Affine a) {
  return ((load_to(x, i, channels, 0) - a.high) - a.low) * a.rstd;
}

INLINE VEC gradient_at(long i, long channels, VEC normalized, __global const REAL *dy,
                       __global const REAL *residual, Affine a) {
#if ACT == 0
  return load_to(dy, i, channels, 0);
#else
  return epilogue_backward(fma(normalized, a.weight, a.bias), load_to(dy, i, channels, 0), residual, i,
                           channels);
#endif
}

__kernel void columns_backward_prepare(const long first_sample, const long samples, const long channels,
                                       const long groups,
                                       __global const REAL *weight, __global const REAL *bias,
                                       __global const REAL *mean, __global const REAL *mean_low,
                                       __global const REAL *rstd, __global REAL *coefficients) {
  long index = first_sample * channels + (long)get_global_id(0);
  if (index >= (first_sample + samples) * channels) {
    return;
  }
  long channel = index % channels;
  long unit = index / channels * groups + channel / (channels / groups);
  __global REAL *row = coefficients + index / channels * BACKWARD_ROWS * channels;
  row[HIGH * channels + channel] = entry(mean, unit, 0);
  row[LOW * channels + channel] = entry(mean_low, unit, 0);
  row[RSTD * channels + channel] = rstd[unit];
  row[ADDEND * channels + channel] = entry(bias, channel, 0);
  row[WEIGHT * channels + channel] = entry(weight, channel, 1);
}

// Adds sum(dz) and sum(dz xh) over rows [0, rows) of one vector of columns to what stands in the arrays.
INLINE void column_sums(long i, long channels, int rows, int start, __global const REAL *x,
                        __global const REAL *dy, __global const REAL *residual, __global const REAL *c,
                        __global double *sum, __global double *product) {
  Affine a = affine_at(i, channels, c);
  VEC short_sum = 0;
  VEC short_product = 0;
  for (int row = 0; row < rows; row++) {
    fetch_ahead(x + (row + ROWS) * channels + i);
    fetch_ahead(dy + (row + ROWS) * channels + i);
    VEC normalized = normalized_at(i, channels, x + row * channels, a);
    VEC dz = gradient_at(i, channels, normalized, dy + row * channels, OFFSET(residual, row * channels), a);
    short_sum += dz;
    short_product = fma(dz, normalized, short_product);
  }
  WIDE wide_sum = AS_WIDE(short_sum);
  WIDE wide_product = AS_WIDE(short_product);
  if (!start) {
    wide_sum += load_wide(sum, i, channels);
    wide_product += load_wide(product, i, channels);
  }
  store_wide(wide_sum, sum, i, channels);
  store_wide(wide_product, product, i, channels);
}

__kernel void columns_backward_sums(const long rows, const long channels, const long chunks,
                                    const long rows_per_chunk, const long first_sample,
                                    __global const REAL *x, __global const REAL *dy,
                                    __global const REAL *residual, __global const REAL *coefficients,
                                    __global double *partial) {
  long sample = first_sample + (long)get_group_id(0) / chunks;
  long chunk = (long)get_group_id(0) % chunks;
  long first = chunk * rows_per_chunk;
  long last = min(first + rows_per_chunk, rows);
  __global const REAL *c = coefficients + sample * BACKWARD_ROWS * channels;
  __global double *sum = partial + PARTIAL(sample, chunk, chunks, channels);
  __global double *product = sum + channels;
  for (long row = first; row < last; row += ROWS) {
    long at = (sample * rows + row) * channels;
    int count = (int)min((long)ROWS, last - row);
    long i = get_local_id(0) * VW;
    for (; i + VW <= channels; i += STEP) {
      column_sums(i, channels, count, row == first, x + at, dy + at, OFFSET(residual, at), c, sum, product);
    }
    if (i < channels) {
      column_sums(i, channels, count, row == first, x + at, dy + at, OFFSET(residual, at), c, sum, product);
    }
  }
}

// The sums over the chunks of a sample, in the place of the first chunk.
__kernel void columns_backward_gather(const long first_sample, const long samples, const long channels,
                                      const long chunks, __global double *partial) {
  long vectors = (channels + VW - 1) / VW;
  long item = get_global_id(0);
  if (item >= samples * vectors) {
    return;
  }
  long i = item % vectors * VW;
  __global double *first = partial + PARTIAL(first_sample + item / vectors, 0, chunks, channels);
  WIDE sum = load_wide(first, i, channels);
  WIDE product = load_wide(first + channels, i, channels);
  for (long chunk = 1; chunk < chunks; chunk++) {
    __global const double *next = first + PARTIAL(0, chunk, chunks, channels);
    sum += load_wide(next, i, channels);
    product += load_wide(next + channels, i, channels);
  }
  store_wide(sum, first, i, channels);
  store_wide(product, first + channels, i, channels);
}

// mean(g) and k mean(g xh) of each (sample, group), written to the coefficients of its channels.
__kernel void columns_backward_coefficients(const long first_sample, const long samples,
                                            const long rows, const long channels, const long groups,
                                            const long chunks, __global const double *partial,
                                            __global REAL *coefficients, const double eps,
                                            const int eps_mode, const int center, const int frozen) {
  long unit = first_sample * groups + (long)get_global_id(0);
  if (unit >= (first_sample + samples) * groups) {
    return;
  }
  long sample = unit / groups;
  long per_group = channels / groups;
  long first = unit % groups * per_group;
  __global REAL *c = coefficients + sample * BACKWARD_ROWS * channels;
  __global const double *total = partial + PARTIAL(sample, 0, chunks, channels);
  double sum = 0;
  double product = 0;
  for (long channel = first; channel < first + per_group; channel++) {
    sum += total[channel] * c[WEIGHT * channels + channel];
    product += total[channels + channel] * c[WEIGHT * channels + channel];
  }
  double count = (double)(rows * per_group);
  double factor = projection(c[RSTD * channels + first], eps, eps_mode);
  for (long channel = first; channel < first + per_group; channel++) {
    c[SHIFT * channels + channel] = frozen || !center ? 0 : (REAL)(sum / count);
    c[SLOPE * channels + channel] = frozen ? 0 : (REAL)(product / count * factor);
  }
}

INLINE void column_backward_at(long i, long channels, __global const REAL *x, __global const REAL *dy,
                               __global const REAL *residual, __global const REAL *dsum, __global REAL *dx,
                               __global REAL *dresidual, __global const REAL *c) {
  Affine a = affine_at(i, channels, c);
  VEC shift = load_to(c + SHIFT * channels, i, channels, 0);
  VEC slope = load_to(c + SLOPE * channels, i, channels, 0);
  VEC normalized = normalized_at(i, channels, x, a);
  VEC dz = gradient_at(i, channels, normalized, dy, residual, a);
  VEC d = a.rstd * fma(-normalized, slope, fma(dz, a.weight, -shift));
#if RES == 1
  if (dsum) {
    d += load_to(dsum, i, channels, 0);
  }
#elif RES == 2
  if (dresidual) {
    store_to(dz, dresidual, i, channels);
  }
#endif
  if (dx) {
    store_to(d, dx, i, channels);
  }
}

__kernel void columns_backward_apply(const long rows, const long channels, const long chunks,
                                     const long rows_per_chunk, const long first_sample,
                                     __global const REAL *x, __global const REAL *dy,
                                     __global const REAL *residual, __global const REAL *dsum,
                                     __global REAL *dx, __global REAL *dresidual,
                                     __global const REAL *coefficients) {
  long sample = first_sample + (long)get_group_id(0) / chunks;
  long chunk = chunks - 1 - (long)get_group_id(0) % chunks;
  long last = min((chunk + 1) * rows_per_chunk, rows);
  __global const REAL *c = coefficients + sample * BACKWARD_ROWS * channels;
  for (long row = chunk * rows_per_chunk; row < last; row++) {
    long at = (sample * rows + row) * channels;
    long i = get_local_id(0) * VW;
    for (; i + VW <= channels; i += STEP) {
      column_backward_at(i, channels, x + at, dy + at, OFFSET(residual, at), OFFSET(dsum, at), OFFSET(dx, at), OFFSET(dresidual, at), c);
    }
    if (i < channels) {
      column_backward_at(i, channels, x + at, dy + at, OFFSET(residual, at), OFFSET(dsum, at), OFFSET(dx, at), OFFSET(dresidual, at), c);
    }
  }
}

__kernel void columns_parameters(const long samples, const long channels, const long chunks,
                                 __global const double *partial, __global REAL *dweight,
                                 __global REAL *dbias) {
  long channel = get_global_id(0);
  if (channel >= channels) {
    return;
  }
  double sum = 0;
  double product = 0;
  for (long sample = 0; sample < samples; sample++) {
    __global const double *total = partial + PARTIAL(sample, 0, chunks, channels);
    sum += total[channel];
    product += total[channels + channel];
  }
  if (dweight) {
    dweight[channel] = (REAL)product;
  }
  if (dbias) {
    dbias[channel] = (REAL)sum;
  }
}
