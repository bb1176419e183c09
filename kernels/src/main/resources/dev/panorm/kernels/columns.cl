// Norms over the rows of a matrix, forward, x is [samples, rows, channels] with the channels side by side: BatchNorm of
// [N, C] and of NHWC data (one sample, a group per channel), GroupNorm and InstanceNorm of NHWC data.
//
//   columns_forward         all of it for one sample of a slab norm
//   columns_statistics      per chunk of rows and channel: mean and sum of squared deviations
//   columns_gather          the same per channel, in the place of the first chunk
//   columns_merge           mean, rstd of each (sample, group), running statistics; coefficients
//   columns_coefficients    high, scale, offset per (sample, channel) from given statistics
//   columns_apply           y = activation((x - high) scale + offset)
//
// Launch: one group per sample (forward) or per (sample, chunk of rows); every item owns the columns
// lid * VW + k * LS * VW, so nothing is shared between items. One item per (sample, VW channels) (gather), per UNITS
// (sample, group) (merge, coefficients). Bytes: 2 times the tensor where a sample stays in the last-level cache, else 3.
// Derivation: docs/columns.md.

#include "chunks.cl"

// Rows whose sums may stay in the type of the data: SHORT additions of four rows each.
#define BLOCK_ROWS (4 * SHORT)
// Rows whose mean the sums are taken from.
#define FIRST_ROWS 16

// Sums of one vector of columns over a block of rows, in the type of the data: how far x is from `shift`.
typedef struct {
  VEC shift;
  VEC sum;
  VEC square;
} Sums;

// shift = mean over rows [0, rows): first the sums, row by row as they lie in memory.
INLINE void find_shift(long begin, long end, long channels, int rows, __global const REAL *x,
                       __global const REAL *residual, Sums *s) {
  int k = 0;
  for (long i = begin + get_local_id(0) * VW; i < end; i += STEP, k++) {
    s[k].shift = 0;
  }
  for (int row = 0; row < rows; row++) {
    __global const REAL *r = OFFSET(residual, row * channels);
    k = 0;
    for (long i = begin + get_local_id(0) * VW; i < end; i += STEP, k++) {
      s[k].shift += input(x + row * channels, r, i, channels, 0);
    }
  }
  k = 0;
  for (long i = begin + get_local_id(0) * VW; i < end; i += STEP, k++) {
    VEC mean = s[k].shift / (REAL)rows;
    s[k].shift = isfinite(mean) ? mean : (VEC)(0);
  }
}

// sum(x - shift) and sum((x - shift)^2) over rows [0, rows), four rows at a time.
INLINE void add_rows(long begin, long end, long channels, int rows, __global const REAL *x,
                     __global const REAL *residual, Sums *s) {
  Request more = request_of(begin, end, channels, 4);
  int row = 0;
  for (; row + 4 <= rows; row += 4) {
    __global const REAL *x0 = x + row * channels;
    __global const REAL *x1 = x0 + channels;
    __global const REAL *x2 = x1 + channels;
    __global const REAL *x3 = x2 + channels;
    __global const REAL *r0 = OFFSET(residual, row * channels);
    __global const REAL *r1 = OFFSET(r0, channels);
    __global const REAL *r2 = OFFSET(r1, channels);
    __global const REAL *r3 = OFFSET(r2, channels);
    int k = 0;
    for (long i = begin + get_local_id(0) * VW; i < end; i += STEP, k++) {
#pragma unroll
      for (int r = 0; r < 4; r++) {
        ask(x0, i, r, more);
      }
      VEC d0 = input(x0, r0, i, channels, 0) - s[k].shift;
      VEC d1 = input(x1, r1, i, channels, 0) - s[k].shift;
      VEC d2 = input(x2, r2, i, channels, 0) - s[k].shift;
      VEC d3 = input(x3, r3, i, channels, 0) - s[k].shift;
      s[k].sum += (d0 + d1) + (d2 + d3);
      s[k].square += fma(d0, d0, d1 * d1) + fma(d2, d2, d3 * d3);
    }
  }
  for (; row < rows; row++) {
    __global const REAL *r = OFFSET(residual, row * channels);
    int k = 0;
    for (long i = begin + get_local_id(0) * VW; i < end; i += STEP, k++) {
      VEC d = input(x + row * channels, r, i, channels, 0) - s[k].shift;
      s[k].sum += d;
      s[k].square = fma(d, d, s[k].square);
    }
  }
}

// is_sound of moments.cl for every column of a vector.
INLINE int are_sound(WIDE sum, WIDE square, int rows) {
  return !ANY(!(2 * sum * sum < rows * square && square > SMALLEST_SQUARES && square < LARGEST_SQUARES));
}

// Moments of one vector of columns of a chunk from the sums about a shift.
INLINE void save_moments(long i, long channels, int rows, VEC shift, WIDE sum, WIDE square, __global double *mean,
                         __global double *m2, int center) {
  WIDE rest = sum * (1.0 / rows);
  store_wide(center ? AS_WIDE(shift) + rest : 0, mean, i, channels);
  store_wide(center ? square - sum * rest : square, m2, i, channels);
}

// A column's mean, then its squares about it, every element widened first.
INLINE void column_moments(long i, long channels, int rows, __global const REAL *x, __global const REAL *residual,
                           __global double *mean, __global double *m2, int center) {
  WIDE total = 0;
  for (long row = 0; center && row < rows; row++) {
    total += AS_WIDE(input(x + row * channels, OFFSET(residual, row * channels), i, channels, 0));
  }
  VEC shift = AS_VEC(total / rows);
  shift = isfinite(shift) ? shift : (VEC)(0);
  WIDE sum = 0;
  WIDE square = 0;
  for (long row = 0; row < rows; row++) {
    WIDE d = AS_WIDE(input(x + row * channels, OFFSET(residual, row * channels), i, channels, 0)) - AS_WIDE(shift);
    sum += d;
    square = fma(d, d, square);
  }
  save_moments(i, channels, rows, shift, sum, square, mean, m2, center);
}

// Moments of the columns of a chunk.
INLINE void chunk_statistics(Chunk c, long rows, long channels, __global const REAL *x,
                             __global const REAL *residual, __global double *mean, __global double *m2,
                             int center) {
  Sums s[VECTORS];
  WIDE total[VECTORS];
  WIDE squares[VECTORS];
  int vectors = (int)((c.end - c.begin + STEP - 1) / STEP);
  for (int k = 0; k < vectors; k++) {
    s[k].shift = 0;
    total[k] = 0;
    squares[k] = 0;
  }
  long at = (c.sample * rows + c.first) * channels;
  int count = (int)(c.last - c.first);
  x += at;
  residual = OFFSET(residual, at);
  if (center) {
    find_shift(c.begin, c.end, channels, min(count, FIRST_ROWS), x, residual, s);
  }
  for (int row = 0; row < count; row += BLOCK_ROWS) {
    for (int k = 0; k < vectors; k++) {
      s[k].sum = 0;
      s[k].square = 0;
    }
    long block = (long)row * channels;
    add_rows(c.begin, c.end, channels, min(BLOCK_ROWS, count - row), x + block, OFFSET(residual, block), s);
    for (int k = 0; k < vectors; k++) {
      total[k] += AS_WIDE(s[k].sum);
      squares[k] += AS_WIDE(s[k].square);
    }
  }
  int k = 0;
  for (long i = c.begin + get_local_id(0) * VW; i < c.end; i += STEP, k++) {
    if (are_sound(total[k], squares[k], count)) {
      save_moments(i, channels, count, s[k].shift, total[k], squares[k], mean, m2, center);
    } else {
      column_moments(i, channels, count, x, residual, mean, m2, center);
    }
  }
}

__kernel void columns_statistics(const long rows, const long channels, const long chunks,
                                 const long rows_per_chunk, const long first_sample, __global const REAL *x, __global const REAL *residual,
                                 __global double *partial, const int center) {
  Chunk c = chunk_of(get_group_id(0), chunks, rows_per_chunk, rows, first_sample, channels);
  __global double *mean = partial + PARTIAL(c.sample, c.chunk, chunks, channels);
  chunk_statistics(c, rows, channels, x, residual, mean, mean + channels, center);
}

__kernel void columns_gather(const long first_sample, const long samples, const long rows, const long channels, const long chunks,
                             const long rows_per_chunk, __global double *partial) {
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

// Chan's formula for many sets of `rows` elements each: the mean of the means, and how far they are from it.
INLINE Moments merge_channels(long first, long count, long rows, __global const double *mean,
                              __global const double *m2) {
  Moments all;
  all.count = (double)(rows * count);
  double sum = 0;
  for (long channel = first; channel < first + count; channel++) {
    sum += mean[channel];
  }
  all.mean = sum / count;
  double squares = 0;
  double inner = 0;
  for (long channel = first; channel < first + count; channel++) {
    double d = mean[channel] - all.mean;
    squares = fma(d, d, squares);
    inner += m2[channel];
  }
  all.m2 = inner + rows * squares;
  return all;
}

// Rows of `coefficients`, each of `channels` values, per sample.
#define HIGH 0
#define SCALE 1
#define ADDEND 2
#define FORWARD_ROWS 3

// What apply needs for the channels of one group.
INLINE void unit_coefficients(long sample, long group, long channels, long groups, int weight_per_group,
                              __global const REAL *weight, __global const REAL *bias, REAL high, REAL low, double r,
                              __global REAL *coefficients) {
  long per_group = channels / groups;
  __global REAL *row = coefficients + sample * FORWARD_ROWS * channels;
  for (long channel = group * per_group; channel < (group + 1) * per_group; channel++) {
    long w = weight_per_group ? group : channel;
    double scale = r * entry(weight, w, 1);
    row[HIGH * channels + channel] = high;
    row[SCALE * channels + channel] = (REAL)scale;
    row[ADDEND * channels + channel] = (REAL)(entry(bias, w, 0) - low * scale);
  }
}

// Statistics of one group from the moments of its channels.
INLINE void merge_unit(long sample, long group, long rows, long channels, long groups, long chunks,
                       int weight_per_group, __global const double *partial, __global const REAL *weight,
                       __global const REAL *bias, __global REAL *mean, __global REAL *mean_low,
                       __global REAL *rstd, __global REAL *running_mean, __global REAL *running_var,
                       __global REAL *coefficients, double momentum, int unbiased, double eps, int eps_mode,
                       int center) {
  long unit = sample * groups + group;
  long per_group = channels / groups;
  __global const double *p = partial + PARTIAL(sample, 0, chunks, channels);
  Moments all = merge_channels(group * per_group, per_group, rows, p, p + channels);
  save_statistics(all, eps, eps_mode, mean, mean_low, rstd, unit);
  update_running(all, running_mean, running_var, unit, momentum, unbiased, eps, eps_mode);
  REAL high = center ? (REAL)all.mean : 0;
  REAL low = center && isfinite(high) ? (REAL)(all.mean - high) : 0;
  unit_coefficients(sample, group, channels, groups, weight_per_group, weight, bias, high, low,
                    reciprocal_deviation(all.m2 / all.count, eps, eps_mode), coefficients);
}

__kernel void columns_merge(const long first_sample, const long samples, const long rows, const long channels, const long groups, const long chunks,
                            const int weight_per_group, __global const double *partial,
                            __global const REAL *weight, __global const REAL *bias, __global REAL *mean,
                            __global REAL *mean_low, __global REAL *rstd, __global REAL *running_mean,
                            __global REAL *running_var, __global REAL *coefficients, const double momentum,
                            const int unbiased, const double eps, const int eps_mode, const int center) {
  FOR_UNITS(unit, samples * groups) {
    merge_unit(first_sample + unit / groups, unit % groups, rows, channels, groups, chunks, weight_per_group, partial,
               weight, bias, mean, mean_low, rstd, running_mean, running_var, coefficients, momentum, unbiased, eps,
               eps_mode, center);
  }
}

__kernel void columns_coefficients(const long first_sample, const long samples, const long channels,
                                   const long groups, const int weight_per_group,
                                   __global const REAL *weight, __global const REAL *bias,
                                   __global const REAL *mean, __global const REAL *mean_low,
                                   __global const REAL *rstd, __global REAL *coefficients) {
  FOR_UNITS(item, samples * groups) {
    long sample = first_sample + item / groups;
    long unit = sample * groups + item % groups;
    unit_coefficients(sample, item % groups, channels, groups, weight_per_group, weight, bias, entry(mean, unit, 0),
                      entry(mean_low, unit, 0), rstd[unit], coefficients);
  }
}

INLINE void column_forward_at(long i, long channels, __global const REAL *x, __global const REAL *residual,
                              __global REAL *y, __global REAL *sum, __global const REAL *c) {
  VEC v = input(x, residual, i, channels, 0);
#if RES == 1
  if (sum) {
    store_to(v, sum, i, channels);
  }
#endif
  VEC z = fma(v - load_to(c + HIGH * channels, i, channels, 0), load_to(c + SCALE * channels, i, channels, 0),
              load_to(c + ADDEND * channels, i, channels, 0));
  store_to(epilogue(z, residual, i, channels), y, i, channels);
}

// y for a chunk.
INLINE void apply_chunk(Chunk c, long rows, long channels, __global const REAL *x, __global const REAL *residual,
                        __global REAL *y, __global REAL *sum, __global const REAL *coefficients) {
  __global const REAL *k = coefficients + c.sample * FORWARD_ROWS * channels;
  for (long row = c.first; row < c.last; row++) {
    long at = (c.sample * rows + row) * channels;
    long i = c.begin + get_local_id(0) * VW;
    for (; i + VW <= c.end; i += STEP) {
      fetch_ahead(x + at + i + ahead_of(channels));
      column_forward_at(i, channels, x + at, OFFSET(residual, at), y + at, OFFSET(sum, at), k);
    }
    if (i < c.end) {
      column_forward_at(i, channels, x + at, OFFSET(residual, at), y + at, OFFSET(sum, at), k);
    }
  }
}

__kernel void columns_apply(const long rows, const long channels, const long chunks,
                            const long rows_per_chunk, const long first_sample, __global const REAL *x, __global const REAL *residual,
                            __global REAL *y, __global REAL *sum, __global const REAL *coefficients) {
  // Backwards, since the last rows are the likeliest to be in the cache still.
  Chunk c = chunk_of(get_num_groups(0) - 1 - get_group_id(0), chunks, rows_per_chunk, rows, first_sample, channels);
  apply_chunk(c, rows, channels, x, residual, y, sum, coefficients);
}

__kernel void columns_forward(const long rows, const long channels, const long groups, __global const REAL *x,
                              __global const REAL *residual, __global const REAL *weight,
                              __global const REAL *bias, __global REAL *y, __global REAL *sum,
                              __global REAL *mean, __global REAL *mean_low, __global REAL *rstd,
                              __global double *partial, __global REAL *coefficients, const double eps,
                              const int eps_mode, const int center) {
  long sample = get_group_id(0);
  __global double *means = partial + PARTIAL(sample, 0, 1, channels);
  for (long begin = 0; begin < channels; begin += PANEL) {
    Chunk all = {sample, 0, 0, rows, begin, min(begin + PANEL, channels)};
    chunk_statistics(all, rows, channels, x, residual, means, means + channels, center);
  }
  group_fence();
  for (long group = get_local_id(0); group < groups; group += LS) {
    merge_unit(sample, group, rows, channels, groups, 1, 0, partial, weight, bias, mean, mean_low, rstd, 0, 0,
               coefficients, 0, 0, eps, eps_mode, center);
  }
  group_fence();
  for (long first = (rows - 1) / BLOCK_ROWS * BLOCK_ROWS; first >= 0; first -= BLOCK_ROWS) {
    Chunk block = {sample, 0, first, min(first + BLOCK_ROWS, rows), 0, channels};
    apply_chunk(block, rows, channels, x, residual, y, sum, coefficients);
  }
}
