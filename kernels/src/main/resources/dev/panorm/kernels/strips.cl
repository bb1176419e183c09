// BatchNorm of short planes, x is [rows, channels, inner] with inner of some 10 to 100 positions: 7 x 7 images, say.
//
//   strips_forward    statistics, then y
//   strips_backward   sums, then dx, dweight and dbias
//
// Planes of 49 elements are no whole vectors and leave nothing but their ends, and columns of one position each need a
// sweep of the tensor for their sums and another for the results. A strip is the planes of neighbouring channels in one
// sample, a run without ends: its sums are kept per column, one for each position of each channel, and those of a channel
// are added up when the last row is read. The second visit finds the strip's rows in the second-level cache.
//
// Launch: one group per `per_group` neighbouring channels, at most STRIP columns and UNITS channels.
// Bytes: 2 times the tensor forward, 3 times backward. Derivation: docs/planes.md.

#include "epilogue.cl"
#include "moments.cl"
#include "running.cl"

// Most columns of a strip, such that its arrays stay in the first-level cache, and most channels.
#define STRIP (4096 / (DTYPE / 8))
#define UNITS 64
// Rows whose sums may stay in the type of the data: SHORT additions of four rows each.
#define BLOCK_ROWS (4 * SHORT)

INLINE void items_fence(void) {
#if LS > 1
  barrier(CLK_LOCAL_MEM_FENCE);
#endif
}

INLINE VEC get(__local const REAL *p) {
#if VW == 1
  return *p;
#else
  return JOIN(vload, VW)(0, p);
#endif
}

INLINE void put(VEC v, __local REAL *p) {
#if VW == 1
  *p = v;
#else
  JOIN(vstore, VW)(v, 0, p);
#endif
}

// Sum of the columns of a channel.
INLINE double columns_sum(__local const REAL *p, long n) {
  WIDE all = 0;
  long i = 0;
  for (; i + VW <= n; i += VW) {
    all += AS_WIDE(get(p + i));
  }
  double rest = 0;
  for (; i < n; i++) {
    rest += p[i];
  }
  return lane_sum(all) + rest;
}

INLINE void fill(__local REAL *p, long n, REAL value) {
  for (long i = 0; i < n; i++) {
    p[i] = value;
  }
}

// What a group owns: `count` channels from `first` on, `width` elements of every row.
typedef struct {
  long first;
  long count;
  long width;
  long inner;
  long stride;  // elements from one row to the next
} Strip;

INLINE Strip strip_of(long group, long per_group, long channels, long inner) {
  Strip s;
  s.first = group * per_group;
  s.count = min(per_group, channels - s.first);
  s.width = s.count * inner;
  s.inner = inner;
  s.stride = channels * inner;
  return s;
}

// Where to fetch ahead while rows [row, row + 4) are read: four rows on, or at the end the first rows of the next strip.
INLINE long ahead_of(Strip s, long row, long rows) {
  return row + 8 <= rows ? 4 * s.stride : s.width - row * s.stride;
}

// --------------------------------------------------------------------------------------------- forward

// Adds sum(x - shift) and sum((x - shift)^2) over rows [row, row + count) to the columns.
INLINE void add_rows(Strip s, long row, long count, long rows, __global const REAL *x, __global const REAL *residual,
                     __local const REAL *shift, __local REAL *sum, __local REAL *square) {
  for (; count >= 4; count -= 4, row += 4) {
    __global const REAL *x0 = x + row * s.stride;
    __global const REAL *x1 = x0 + s.stride;
    __global const REAL *x2 = x1 + s.stride;
    __global const REAL *x3 = x2 + s.stride;
    __global const REAL *r0 = OFFSET(residual, row * s.stride);
    __global const REAL *r1 = OFFSET(r0, s.stride);
    __global const REAL *r2 = OFFSET(r1, s.stride);
    __global const REAL *r3 = OFFSET(r2, s.stride);
    long ahead = ahead_of(s, row, rows);
    for (long i = get_local_id(0) * VW; i < s.width; i += STEP) {
      fetch_ahead(x0 + ahead + i);
      fetch_ahead(x1 + ahead + i);
      fetch_ahead(x2 + ahead + i);
      fetch_ahead(x3 + ahead + i);
      VEC h = get(shift + i);
      VEC d0 = input(x0, r0, i, s.width, 0) - h;
      VEC d1 = input(x1, r1, i, s.width, 0) - h;
      VEC d2 = input(x2, r2, i, s.width, 0) - h;
      VEC d3 = input(x3, r3, i, s.width, 0) - h;
      put(get(sum + i) + ((d0 + d1) + (d2 + d3)), sum + i);
      put(get(square + i) + (fma(d0, d0, d1 * d1) + fma(d2, d2, d3 * d3)), square + i);
    }
  }
  for (; count > 0; count--, row++) {
    for (long i = get_local_id(0) * VW; i < s.width; i += STEP) {
      VEC d = input(x + row * s.stride, OFFSET(residual, row * s.stride), i, s.width, 0) - get(shift + i);
      put(get(sum + i) + d, sum + i);
      put(fma(d, d, get(square + i)), square + i);
    }
  }
}

INLINE void clear_columns(Strip s, __local REAL *a, __local REAL *b) {
  for (long i = get_local_id(0) * VW; i < s.width; i += STEP) {
    put(0, a + i);
    put(0, b + i);
  }
}

INLINE void clear(Strip s, __local REAL *a, __local REAL *b, __local double2 *sums) {
  for (long c = get_local_id(0); c < s.count; c += LS) {
    sums[c] = (double2)(0, 0);
  }
  clear_columns(s, a, b);
}

// Adds the columns of each channel to its sums in double, and clears them.
INLINE void carry_over(Strip s, __local REAL *a, __local REAL *b, __local double2 *sums) {
  items_fence();
  for (long c = get_local_id(0); c < s.count; c += LS) {
    sums[c] += (double2)(columns_sum(a + c * s.inner, s.inner), columns_sum(b + c * s.inner, s.inner));
  }
  items_fence();
  clear_columns(s, a, b);
}

// The mean of each channel in the first row.
INLINE void find_shift(Strip s, __global const REAL *x, __global const REAL *residual, int center, __local REAL *shift,
                       __local REAL *columns) {
  for (long i = get_local_id(0) * VW; i < s.width; i += STEP) {
    put(input(x, residual, i, s.width, 0), columns + i);
  }
  items_fence();
  for (long c = get_local_id(0); c < s.count; c += LS) {
    REAL mean = center ? (REAL)(columns_sum(columns + c * s.inner, s.inner) / s.inner) : 0;
    fill(shift + c * s.inner, s.inner, isfinite(mean) ? mean : 0);
  }
  items_fence();
}

INLINE double element(__global const REAL *x, __global const REAL *residual, long i) {
#if RES == 1
  return x[i] + residual[i];
#else
  return x[i];
#endif
}

// Two passes over the planes of a channel in double, where sums about the shift do not serve.
INLINE Moments channel_moments(Strip s, long c, long rows, __global const REAL *x, __global const REAL *residual,
                               int center) {
  double count = (double)(rows * s.inner);
  double total = 0;
  for (long row = 0; center && row < rows; row++) {
    for (long i = c * s.inner; i < (c + 1) * s.inner; i++) {
      total += element(x, residual, row * s.stride + i);
    }
  }
  REAL shift = isfinite((REAL)(total / count)) ? (REAL)(total / count) : 0;
  double2 sums = (double2)(0, 0);
  for (long row = 0; row < rows; row++) {
    for (long i = c * s.inner; i < (c + 1) * s.inner; i++) {
      double d = element(x, residual, row * s.stride + i) - shift;
      sums += (double2)(d, d * d);
    }
  }
  return shifted_moments(count, shift, sums, center);
}

INLINE void strip_forward_at(long i, long n, __global const REAL *x, __global const REAL *residual, __global REAL *y,
                             __global REAL *sum, VEC high, VEC scale, VEC addend) {
  VEC v = input(x, residual, i, n, 0);
#if RES == 1
  if (sum) {
    store_to(v, sum, i, n);
  }
#endif
  store_to(epilogue(fma(v - high, scale, addend), residual, i, n), y, i, n);
}

__kernel void strips_forward(const long rows, const long channels, const long inner, const long per_group,
                             __global const REAL *x, __global const REAL *residual, __global const REAL *weight,
                             __global const REAL *bias, __global REAL *y, __global REAL *sum, __global REAL *mean,
                             __global REAL *mean_low, __global REAL *rstd, __global REAL *running_mean,
                             __global REAL *running_var, const double momentum, const int unbiased, const double eps,
                             const int eps_mode, const int center) {
  __local REAL high[STRIP];   // first the shift
  __local REAL scale[STRIP];  // first the sums
  __local REAL addend[STRIP]; // first the sums of squares
  __local double2 sums[UNITS];
  Strip s = strip_of(get_group_id(0), per_group, channels, inner);
  x += s.first * inner;
  residual = OFFSET(residual, s.first * inner);
  find_shift(s, x, residual, center, high, scale);
  clear(s, scale, addend, sums);
  for (long row = 0; row < rows; row += BLOCK_ROWS) {
    add_rows(s, row, min((long)BLOCK_ROWS, rows - row), rows, x, residual, high, scale, addend);
    carry_over(s, scale, addend, sums);
  }
  double count = (double)(rows * inner);
  for (long c = get_local_id(0); c < s.count; c += LS) {
    Moments all = is_sound(count, sums[c]) ? shifted_moments(count, high[c * inner], sums[c], center)
                                           : channel_moments(s, c, rows, x, residual, center);
    long channel = s.first + c;
    save_statistics(all, eps, eps_mode, mean, mean_low, rstd, channel);
    update_running(all, running_mean, running_var, channel, momentum, unbiased, eps, eps_mode);
    REAL h = (REAL)all.mean;
    double w = reciprocal_deviation(all.m2 / all.count, eps, eps_mode) * entry(weight, channel, 1);
    fill(high + c * inner, inner, h);
    fill(scale + c * inner, inner, (REAL)w);
    fill(addend + c * inner, inner, (REAL)(entry(bias, channel, 0) - (REAL)(all.mean - h) * w));
  }
  items_fence();
  // Backwards, since the last rows are the likeliest to be in the cache still.
  for (long row = rows - 1; row >= 0; row--) {
    long at = row * s.stride;
    for (long i = get_local_id(0) * VW; i < s.width; i += STEP) {
      strip_forward_at(i, s.width, x + at, OFFSET(residual, at), y + s.first * inner + at,
                       OFFSET(sum, s.first * inner + at), get(high + i), get(scale + i), get(addend + i));
    }
  }
}

// -------------------------------------------------------------------------------------------- backward

// Columns of what normalizes, and for an activation what follows; all but `high` are no arrays without one.
typedef struct {
  __local REAL *high;
  __local REAL *centre;
  __local REAL *rstd;
  __local REAL *weight;
  __local REAL *bias;
} Affine;

// x - high and dz of one vector of columns of a row: what is left to make xh of it is the same for a whole channel.
typedef struct {
  VEC deviation;
  VEC dz;
} Point;

INLINE Point point_at(long i, long n, __global const REAL *x, __global const REAL *dy, __global const REAL *residual,
                      Affine a) {
  Point p;
  p.deviation = load_to(x, i, n, 0) - get(a.high + i);
#if ACT == 0
  p.dz = load_to(dy, i, n, 0);
#else
  VEC normalized = fma(p.deviation, get(a.rstd + i), get(a.centre + i));
  VEC z = fma(normalized, get(a.weight + i), get(a.bias + i));
  p.dz = epilogue_backward(z, load_to(dy, i, n, 0), residual, i, n);
#endif
  return p;
}

// Adds sum(dz) and sum(dz (x - high)) over rows [row, row + count) to the columns.
INLINE void add_gradients(Strip s, long row, long count, long rows, __global const REAL *x, __global const REAL *dy,
                          __global const REAL *residual, Affine a, __local REAL *sum, __local REAL *product) {
  for (; count >= 4; count -= 4, row += 4) {
    long ahead = ahead_of(s, row, rows);
    for (long i = get_local_id(0) * VW; i < s.width; i += STEP) {
      VEC more = 0;
      VEC more_product = 0;
#pragma unroll
      for (int k = 0; k < 4; k++) {
        long at = (row + k) * s.stride;
        fetch_ahead(x + at + ahead + i);
        fetch_ahead(dy + at + ahead + i);
        Point p = point_at(i, s.width, x + at, dy + at, OFFSET(residual, at), a);
        more += p.dz;
        more_product = fma(p.dz, p.deviation, more_product);
      }
      put(get(sum + i) + more, sum + i);
      put(get(product + i) + more_product, product + i);
    }
  }
  for (; count > 0; count--, row++) {
    long at = row * s.stride;
    for (long i = get_local_id(0) * VW; i < s.width; i += STEP) {
      Point p = point_at(i, s.width, x + at, dy + at, OFFSET(residual, at), a);
      put(get(sum + i) + p.dz, sum + i);
      put(fma(p.dz, p.deviation, get(product + i)), product + i);
    }
  }
}

INLINE void strip_backward_at(long i, long n, __global const REAL *x, __global const REAL *dy,
                              __global const REAL *residual, __global const REAL *dsum, __global REAL *dx,
                              __global REAL *dresidual, Affine a, VEC scale, VEC shift, VEC slope) {
  Point p = point_at(i, n, x, dy, residual, a);
  VEC d = fma(p.deviation, slope, fma(p.dz, scale, shift));
#if RES == 1
  if (dsum) {
    d += load_to(dsum, i, n, 0);
  }
#elif RES == 2
  if (dresidual) {
    store_to(p.dz, dresidual, i, n);
  }
#endif
  if (dx) {
    store_to(d, dx, i, n);
  }
}

__kernel void strips_backward(const long rows, const long channels, const long inner, const long per_group,
                              __global const REAL *x, __global const REAL *dy, __global const REAL *residual,
                              __global const REAL *weight, __global const REAL *bias, __global const REAL *mean,
                              __global const REAL *mean_low, __global const REAL *rstd, __global const REAL *dsum,
                              __global REAL *dx, __global REAL *dresidual, __global REAL *dweight,
                              __global REAL *dbias, const double eps, const int eps_mode, const int center) {
  __local REAL high[STRIP];
  __local REAL scale[STRIP];  // first the sums
  __local REAL shift[STRIP];  // first the sums of products
  __local REAL slope[STRIP];
  Affine a = {high, 0, 0, 0, 0};
#if ACT != 0
  __local REAL centres[STRIP];
  __local REAL deviations[STRIP];
  a.centre = centres;
  a.rstd = deviations;
  __local REAL weights[STRIP];
  __local REAL biases[STRIP];
  a.weight = weights;
  a.bias = biases;
#endif
  __local double2 sums[UNITS];
  Strip s = strip_of(get_group_id(0), per_group, channels, inner);
  long begin = s.first * inner;
  x += begin;
  dy += begin;
  residual = OFFSET(residual, begin);
  for (long c = get_local_id(0); c < s.count; c += LS) {
    long channel = s.first + c;
    fill(high + c * inner, inner, entry(mean, channel, 0));
#if ACT != 0
    fill(centres + c * inner, inner, -entry(mean_low, channel, 0) * rstd[channel]);
    fill(deviations + c * inner, inner, rstd[channel]);
    fill(weights + c * inner, inner, entry(weight, channel, 1));
    fill(biases + c * inner, inner, entry(bias, channel, 0));
#endif
  }
  items_fence();
  clear(s, scale, shift, sums);
  for (long row = 0; row < rows; row += BLOCK_ROWS) {
    add_gradients(s, row, min((long)BLOCK_ROWS, rows - row), rows, x, dy, residual, a, scale, shift);
    carry_over(s, scale, shift, sums);
  }
  double count = (double)(rows * inner);
  for (long c = get_local_id(0); c < s.count; c += LS) {
    long channel = s.first + c;
    double r = rstd[channel];
    double w = entry(weight, channel, 1);
    double centre = -entry(mean_low, channel, 0) * r;
    double product = fma(sums[c].y, r, centre * sums[c].x);
    double line = -r * w * product / count * projection(r, eps, eps_mode);
    if (dweight) {
      dweight[channel] = (REAL)product;
    }
    if (dbias) {
      dbias[channel] = (REAL)sums[c].x;
    }
    fill(scale + c * inner, inner, (REAL)(r * w));
    fill(shift + c * inner, inner, (REAL)((center ? -r * w * sums[c].x / count : 0) + line * centre));
    fill(slope + c * inner, inner, (REAL)(line * r));
  }
  items_fence();
  for (long row = rows - 1; row >= 0; row--) {
    long at = row * s.stride;
    for (long i = get_local_id(0) * VW; i < s.width; i += STEP) {
      strip_backward_at(i, s.width, x + at, dy + at, OFFSET(residual, at), OFFSET(dsum, begin + at),
                        OFFSET(dx, begin + at), OFFSET(dresidual, begin + at), a, get(scale + i), get(shift + i),
                        get(slope + i));
    }
  }
}
