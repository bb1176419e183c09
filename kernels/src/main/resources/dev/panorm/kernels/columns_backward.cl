// Norms over the rows of a matrix, backward; columns.cl is the way forward.
//
//   columns_backward                all of it for one sample of a slab norm
//   columns_backward_prepare        high, offset, rstd, weight, bias per (sample, channel)
//   columns_backward_sums           per chunk of rows and channel: sum(dz), sum(dz xh)
//   columns_backward_gather         the same per channel, in the place of the first chunk
//   columns_backward_coefficients   scale, shift, slope per (sample, channel)
//   columns_backward_apply          dx = dz scale + (x - high) slope + shift
//   columns_parameters              dweight, dbias
//
// Launch: as forward; one item per UNITS weights (parameters). Bytes: 3 times the tensor where a sample stays in the
// last-level cache, else 5. Derivation: docs/columns.md.

#include "chunks.cl"

// Rows of `coefficients`, each of `channels` values, per sample.
#define HIGH 0
#define CENTRE 1
#define RSTD 2
#define WEIGHT 3
#define ADDEND 4
#define SCALE 5
#define SHIFT 6
#define SLOPE 7
#define BACKWARD_ROWS 8

// What normalizes the channels of one group.
INLINE void prepare_unit(long sample, long group, long channels, long groups, int weight_per_group,
                         __global const REAL *weight, __global const REAL *bias, __global const REAL *mean,
                         __global const REAL *mean_low, __global const REAL *rstd, __global REAL *coefficients) {
  long unit = sample * groups + group;
  long per_group = channels / groups;
  REAL r = rstd[unit];
  REAL high = entry(mean, unit, 0);
  REAL centre = -entry(mean_low, unit, 0) * r;
  __global REAL *row = coefficients + sample * BACKWARD_ROWS * channels;
  for (long channel = group * per_group; channel < (group + 1) * per_group; channel++) {
    long w = weight_per_group ? group : channel;
    row[HIGH * channels + channel] = high;
    row[CENTRE * channels + channel] = centre;
    row[RSTD * channels + channel] = r;
    row[WEIGHT * channels + channel] = entry(weight, w, 1);
    row[ADDEND * channels + channel] = entry(bias, w, 0);
  }
}

__kernel void columns_backward_prepare(const long first_sample, const long samples, const long channels,
                                       const long groups, const int weight_per_group,
                                       __global const REAL *weight, __global const REAL *bias,
                                       __global const REAL *mean, __global const REAL *mean_low,
                                       __global const REAL *rstd, __global REAL *coefficients) {
  FOR_UNITS(unit, samples * groups) {
    prepare_unit(first_sample + unit / groups, unit % groups, channels, groups, weight_per_group, weight, bias, mean,
                 mean_low, rstd, coefficients);
  }
}

// What normalizes a vector of columns, and for an activation what follows.
typedef struct {
  VEC high;
#if ACT != 0
  VEC centre;
  VEC rstd;
  VEC weight;
  VEC bias;
#endif
} Affine;

INLINE Affine affine_at(long i, long channels, __global const REAL *c) {
  Affine a;
  a.high = load_to(c + HIGH * channels, i, channels, 0);
#if ACT != 0
  a.centre = load_to(c + CENTRE * channels, i, channels, 0);
  a.rstd = load_to(c + RSTD * channels, i, channels, 0);
  a.weight = load_to(c + WEIGHT * channels, i, channels, 0);
  a.bias = load_to(c + ADDEND * channels, i, channels, 0);
#endif
  return a;
}

// How far x is from the high part of the mean: what the sums and the results take, since what is left to make xh of it
// is the same for a whole column.
INLINE VEC deviation_at(long i, long channels, __global const REAL *x, Affine a) {
  return load_to(x, i, channels, 0) - a.high;
}

// Gradient with respect to the output of the affine map.
INLINE VEC gradient_at(long i, long channels, VEC deviation, __global const REAL *dy,
                       __global const REAL *residual, Affine a) {
#if ACT == 0
  return load_to(dy, i, channels, 0);
#else
  VEC normalized = fma(deviation, a.rstd, a.centre);
  return epilogue_backward(fma(normalized, a.weight, a.bias), load_to(dy, i, channels, 0), residual, i,
                           channels);
#endif
}

// Rows whose sums may stay in the type of the data: SHORT additions of two rows each.
#define BLOCK_ROWS (2 * SHORT)

// sum(dz) and sum(dz (x - high)) of one vector of columns over a block of rows, in the type of the data.
typedef struct {
  VEC sum;
  VEC product;
} Sums;

// x - high and dz of one vector of columns of a row.
typedef struct {
  VEC deviation;
  VEC dz;
} Point;

INLINE Point point_at(long i, long channels, __global const REAL *x, __global const REAL *dy,
                      __global const REAL *residual, Affine a) {
  Point p;
  p.deviation = deviation_at(i, channels, x, a);
  p.dz = gradient_at(i, channels, p.deviation, dy, residual, a);
  return p;
}

// The sums over rows [0, rows), two rows at a time.
INLINE void add_rows(long begin, long end, long channels, int rows, __global const REAL *x,
                     __global const REAL *dy, __global const REAL *residual, __global const REAL *c, Sums *s) {
  Request more = request_of(begin, end, channels, 2);
  int row = 0;
  for (; row + 2 <= rows; row += 2) {
    __global const REAL *x0 = x + row * channels;
    __global const REAL *x1 = x0 + channels;
    __global const REAL *dy0 = dy + row * channels;
    __global const REAL *dy1 = dy0 + channels;
    __global const REAL *r0 = OFFSET(residual, row * channels);
    __global const REAL *r1 = OFFSET(r0, channels);
    int k = 0;
    for (long i = begin + get_local_id(0) * VW; i < end; i += STEP, k++) {
#pragma unroll
      for (int r = 0; r < 2; r++) {
        ask(x0, i, r, more);
        ask(dy0, i, r, more);
      }
      Affine a = affine_at(i, channels, c);
      Point p = point_at(i, channels, x0, dy0, r0, a);
      Point q = point_at(i, channels, x1, dy1, r1, a);
      s[k].sum += p.dz + q.dz;
      s[k].product += fma(p.dz, p.deviation, q.dz * q.deviation);
    }
  }
  if (row < rows) {
    __global const REAL *r = OFFSET(residual, row * channels);
    int k = 0;
    for (long i = begin + get_local_id(0) * VW; i < end; i += STEP, k++) {
      Point p = point_at(i, channels, x + row * channels, dy + row * channels, r, affine_at(i, channels, c));
      s[k].sum += p.dz;
      s[k].product = fma(p.dz, p.deviation, s[k].product);
    }
  }
}

INLINE void chunk_sums(Chunk c, long rows, long channels, __global const REAL *x, __global const REAL *dy,
                       __global const REAL *residual, __global const REAL *coefficients, __global double *sum,
                       __global double *product) {
  __global const REAL *coefficient = coefficients + c.sample * BACKWARD_ROWS * channels;
  Sums s[VECTORS];
  for (long row = c.first; row < c.last; row += BLOCK_ROWS) {
    long at = (c.sample * rows + row) * channels;
    for (int k = 0; k < VECTORS; k++) {
      s[k].sum = 0;
      s[k].product = 0;
    }
    add_rows(c.begin, c.end, channels, (int)min((long)BLOCK_ROWS, c.last - row), x + at, dy + at, OFFSET(residual, at),
             coefficient, s);
    int k = 0;
    for (long i = c.begin + get_local_id(0) * VW; i < c.end; i += STEP, k++) {
      WIDE wide_sum = AS_WIDE(s[k].sum);
      WIDE centre = AS_WIDE(load_to(coefficient + CENTRE * channels, i, channels, 0));
      WIDE rstd = AS_WIDE(load_to(coefficient + RSTD * channels, i, channels, 0));
      WIDE wide_product = fma(AS_WIDE(s[k].product), rstd, centre * wide_sum);
      if (row > c.first) {
        wide_sum += load_wide(sum, i, channels);
        wide_product += load_wide(product, i, channels);
      }
      store_wide(wide_sum, sum, i, channels);
      store_wide(wide_product, product, i, channels);
    }
  }
}

__kernel void columns_backward_sums(const long rows, const long channels, const long chunks,
                                    const long rows_per_chunk, const long first_sample, __global const REAL *x, __global const REAL *dy,
                                    __global const REAL *residual, __global const REAL *coefficients,
                                    __global double *partial) {
  Chunk c = chunk_of(get_group_id(0), chunks, rows_per_chunk, rows, first_sample, channels);
  __global double *sum = partial + PARTIAL(c.sample, c.chunk, chunks, channels);
  chunk_sums(c, rows, channels, x, dy, residual, coefficients, sum, sum + channels);
}

__kernel void columns_backward_gather(const long first_sample, const long samples, const long channels, const long chunks,
                                      __global double *partial) {
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

// dx = dz scale + (x - high) slope + shift for one group: -r mean(g) - xh r k mean(g xh), written as a line in x - high.
INLINE void unit_slopes(long sample, long group, long rows, long channels, long groups, long chunks,
                        __global const double *partial, __global REAL *coefficients, double eps, int eps_mode,
                        int center, int frozen) {
  long per_group = channels / groups;
  long first = group * per_group;
  __global REAL *c = coefficients + sample * BACKWARD_ROWS * channels;
  __global const double *total = partial + PARTIAL(sample, 0, chunks, channels);
  double sum = 0;
  double product = 0;
  for (long channel = first; channel < first + per_group; channel++) {
    sum += total[channel] * c[WEIGHT * channels + channel];
    product += total[channels + channel] * c[WEIGHT * channels + channel];
  }
  double count = (double)(rows * per_group);
  double r = c[RSTD * channels + first];
  double slope = frozen ? 0 : -r * (product / count * projection(r, eps, eps_mode));
  double shift = frozen || !center ? 0 : -r * (sum / count);
  for (long channel = first; channel < first + per_group; channel++) {
    c[SCALE * channels + channel] = (REAL)(r * c[WEIGHT * channels + channel]);
    c[SHIFT * channels + channel] = (REAL)(shift + slope * c[CENTRE * channels + channel]);
    c[SLOPE * channels + channel] = (REAL)(slope * r);
  }
}

__kernel void columns_backward_coefficients(const long first_sample, const long samples, const long rows, const long channels,
                                            const long groups, const long chunks,
                                            __global const double *partial, __global REAL *coefficients,
                                            const double eps, const int eps_mode, const int center,
                                            const int frozen) {
  FOR_UNITS(unit, samples * groups) {
    unit_slopes(first_sample + unit / groups, unit % groups, rows, channels, groups, chunks, partial, coefficients, eps,
                eps_mode, center, frozen);
  }
}

INLINE void column_backward_at(long i, long channels, __global const REAL *x, __global const REAL *dy,
                               __global const REAL *residual, __global const REAL *dsum, __global REAL *dx,
                               __global REAL *dresidual, __global const REAL *c) {
  Affine a = affine_at(i, channels, c);
  VEC deviation = deviation_at(i, channels, x, a);
  VEC dz = gradient_at(i, channels, deviation, dy, residual, a);
  VEC d = fma(deviation, load_to(c + SLOPE * channels, i, channels, 0),
              fma(dz, load_to(c + SCALE * channels, i, channels, 0), load_to(c + SHIFT * channels, i, channels, 0)));
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

// dx for a chunk.
INLINE void propagate_chunk(Chunk c, long rows, long channels, __global const REAL *x, __global const REAL *dy,
                            __global const REAL *residual, __global const REAL *dsum, __global REAL *dx,
                            __global REAL *dresidual, __global const REAL *coefficients) {
  __global const REAL *k = coefficients + c.sample * BACKWARD_ROWS * channels;
  for (long row = c.first; row < c.last; row++) {
    long at = (c.sample * rows + row) * channels;
    long i = c.begin + get_local_id(0) * VW;
    for (; i + VW <= c.end; i += STEP) {
      fetch_ahead(x + at + i + ahead_of(channels));
      fetch_ahead(dy + at + i + ahead_of(channels));
      column_backward_at(i, channels, x + at, dy + at, OFFSET(residual, at), OFFSET(dsum, at), OFFSET(dx, at),
                         OFFSET(dresidual, at), k);
    }
    if (i < c.end) {
      column_backward_at(i, channels, x + at, dy + at, OFFSET(residual, at), OFFSET(dsum, at), OFFSET(dx, at),
                         OFFSET(dresidual, at), k);
    }
  }
}

__kernel void columns_backward_apply(const long rows, const long channels, const long chunks,
                                     const long rows_per_chunk, const long first_sample, __global const REAL *x, __global const REAL *dy,
                                     __global const REAL *residual, __global const REAL *dsum,
                                     __global REAL *dx, __global REAL *dresidual,
                                     __global const REAL *coefficients) {
  Chunk c = chunk_of(get_num_groups(0) - 1 - get_group_id(0), chunks, rows_per_chunk, rows, first_sample, channels);
  propagate_chunk(c, rows, channels, x, dy, residual, dsum, dx, dresidual, coefficients);
}

__kernel void columns_backward(const long rows, const long channels, const long groups, __global const REAL *x,
                               __global const REAL *dy, __global const REAL *residual,
                               __global const REAL *weight, __global const REAL *bias,
                               __global const REAL *mean, __global const REAL *mean_low,
                               __global const REAL *rstd, __global const REAL *dsum, __global REAL *dx,
                               __global REAL *dresidual, __global double *partial, __global REAL *coefficients,
                               const double eps, const int eps_mode, const int center) {
  long sample = get_group_id(0);
  for (long group = get_local_id(0); group < groups; group += LS) {
    prepare_unit(sample, group, channels, groups, 0, weight, bias, mean, mean_low, rstd, coefficients);
  }
  group_fence();
  __global double *sum = partial + PARTIAL(sample, 0, 1, channels);
  for (long begin = 0; begin < channels; begin += PANEL) {
    Chunk all = {sample, 0, 0, rows, begin, min(begin + PANEL, channels)};
    chunk_sums(all, rows, channels, x, dy, residual, coefficients, sum, sum + channels);
  }
  group_fence();
  for (long group = get_local_id(0); group < groups; group += LS) {
    unit_slopes(sample, group, rows, channels, groups, 1, partial, coefficients, eps, eps_mode, center, 0);
  }
  group_fence();
  for (long first = (rows - 1) / BLOCK_ROWS * BLOCK_ROWS; first >= 0; first -= BLOCK_ROWS) {
    Chunk block = {sample, 0, first, min(first + BLOCK_ROWS, rows), 0, channels};
    propagate_chunk(block, rows, channels, x, dy, residual, dsum, dx, dresidual, coefficients);
  }
}

__kernel void columns_parameters(const long samples, const long channels, const long chunks,
                                 const long per_weight, __global const double *partial,
                                 __global REAL *dweight, __global REAL *dbias) {
  FOR_UNITS(index, channels / per_weight) {
    double sum = 0;
    double product = 0;
    for (long sample = 0; sample < samples; sample++) {
      __global const double *total = partial + PARTIAL(sample, 0, chunks, channels);
      for (long channel = index * per_weight; channel < (index + 1) * per_weight; channel++) {
        sum += total[channel];
        product += total[channels + channel];
      }
    }
    if (dweight) {
      dweight[index] = (REAL)product;
    }
    if (dbias) {
      dbias[index] = (REAL)sum;
    }
  }
}
