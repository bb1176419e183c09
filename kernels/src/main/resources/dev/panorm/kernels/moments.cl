// Mean and sum of squared deviations of a run of elements, as every norm needs them.
//
// Corrected two-pass formula per block that fits the first-level cache, blocks merged by Chan's formula:
//   h = (REAL) (sum(x) / n),  s1 = sum(x - h),  s2 = sum((x - h)^2)
//   mean = h + s1 / n,  m2 = s2 - s1^2 / n
// s1 is what rounding left over in h, so the correction is small and nothing cancels.
// Source: T. F. Chan, G. H. Golub, R. J. LeVeque, "Algorithms for computing the sample variance", 1983.

#include "common.cl"

// Elements whose two passes stay in the first-level cache of a CPU, and 64 vectors per item elsewhere.
#if LS == 1
#define BLOCK 4096
#else
#define BLOCK (64 * STEP)
#endif

// Sums of squares outside of this may have lost digits, or be no number because one element is none.
#if DTYPE == 32
#define SMALLEST_SQUARES 1e-30
#define LARGEST_SQUARES 1e37
#else
#define SMALLEST_SQUARES -1.0
#define LARGEST_SQUARES 1e300
#endif

typedef struct {
  double count;
  double mean;
  double m2;
} Moments;

// Chan's formula for two disjoint sets.
INLINE Moments merge(Moments a, Moments b) {
  Moments all;
  all.count = a.count + b.count;
  double share = b.count / all.count;
  double delta = b.mean - a.mean;
  all.mean = isfinite(delta) ? a.mean + delta * share : a.mean + b.mean;
  all.m2 = a.m2 + b.m2 + delta * delta * a.count * share;
  return all;
}

// Input of the norm: x, or x + residual where the residual comes first.
INLINE VEC input(__global const REAL *x, __global const REAL *residual, long i, long n, REAL fill) {
#if RES == 1
  return WHOLE(i, n) ? load(x + i) + load(residual + i)
                     : load_part(x + i, (int)(n - i), fill) + load_part(residual + i, (int)(n - i), 0);
#else
  return load_to(x, i, n, fill);
#endif
}

INLINE VEC input_full(__global const REAL *x, __global const REAL *residual, long i) {
#if RES == 1
  return load(x + i) + load(residual + i);
#else
  return load(x + i);
#endif
}

// sum(x) over a block.
INLINE double block_sum(__global const REAL *x, __global const REAL *residual, int n,
                        __local double *shared_sums) {
  WIDE total = 0;
  int i = (int)get_local_id(0) * VW;
  while (i + (UNROLL - 1) * STEP + VW <= n) {
    VEC sum[UNROLL];
#pragma unroll
    for (int u = 0; u < UNROLL; u++) {
      sum[u] = 0;
    }
    for (int k = 0; k < SHORT && i + (UNROLL - 1) * STEP + VW <= n; k++, i += UNROLL * STEP) {
#pragma unroll
      for (int u = 0; u < UNROLL; u++) {
        sum[u] += input_full(x, residual, i + u * STEP);
      }
    }
    total += AS_WIDE((sum[0] + sum[1]) + (sum[2] + sum[3]));
  }
  for (; i < n; i += STEP) {
    total += AS_WIDE(input(x, residual, i, n, 0));
  }
  return group_sum(lane_sum(total), shared_sums);
}

// Adds sum(x - shift) and sum((x - shift)^2) over a run to the lanes of `total` and `squares`; asks for the elements at
// `next` meanwhile.
INLINE void add_squares(__global const REAL *x, __global const REAL *residual, long n, REAL shift,
                        __global const REAL *next, WIDE *total, WIDE *squares) {
  long i = (long)get_local_id(0) * VW;
  while (i + (UNROLL - 1) * STEP + VW <= n) {
    VEC sum[UNROLL];
    VEC square[UNROLL];
#pragma unroll
    for (int u = 0; u < UNROLL; u++) {
      sum[u] = 0;
      square[u] = 0;
    }
    for (int k = 0; k < SHORT && i + (UNROLL - 1) * STEP + VW <= n; k++, i += UNROLL * STEP) {
#pragma unroll
      for (int u = 0; u < UNROLL; u++) {
        if (u * VW * sizeof(REAL) % 64 == 0) {
          fetch_ahead(next + i + u * STEP);
        }
        VEC d = input_full(x, residual, i + u * STEP) - shift;
        sum[u] += d;
        square[u] = fma(d, d, square[u]);
      }
    }
    *total += AS_WIDE((sum[0] + sum[1]) + (sum[2] + sum[3]));
    *squares += AS_WIDE((square[0] + square[1]) + (square[2] + square[3]));
  }
  for (; i < n; i += STEP) {
    VEC d = input(x, residual, i, n, shift) - shift;
    *total += AS_WIDE(d);
    *squares += AS_WIDE(d * d);
  }
}

INLINE double2 group_sums(WIDE a, WIDE b, __local double *shared_sums) {
  return (double2)(group_sum(lane_sum(a), shared_sums), group_sum(lane_sum(b), shared_sums));
}

// The same sums, every element widened first: for blocks whose squares leave the range of a float.
INLINE double2 block_squares_wide(__global const REAL *x, __global const REAL *residual, int n,
                                  REAL shift, __local double *shared_sums) {
  WIDE total = 0;
  WIDE squares = 0;
  for (int i = (int)get_local_id(0) * VW; i < n; i += STEP) {
    WIDE d = AS_WIDE(input(x, residual, i, n, shift)) - (double)shift;
    total += d;
    squares = fma(d, d, squares);
  }
  return group_sums(total, squares, shared_sums);
}

// Moments from the sums about a shift.
INLINE Moments shifted_moments(double count, REAL shift, double2 sums, int center) {
  Moments m;
  m.count = count;
  m.mean = center ? shift + sums.x / count : 0;
  m.m2 = center ? sums.y - sums.x * sums.x / count : sums.y;
  return m;
}

// Moments of a block about its mean, or about zero where `center` is 0 (RMS).
INLINE Moments block_moments(__global const REAL *x, __global const REAL *residual, int n, int center,
                             __global const REAL *next, __local double *shared_sums) {
  REAL shift = center ? (REAL)(block_sum(x, residual, n, shared_sums) / n) : 0;
  WIDE total = 0;
  WIDE squares = 0;
  add_squares(x, residual, n, shift, next, &total, &squares);
  double2 sums = group_sums(total, squares, shared_sums);
  if (!(sums.y > SMALLEST_SQUARES && sums.y < LARGEST_SQUARES)) {
    shift = isfinite(shift) ? shift : 0;
    sums = block_squares_wide(x, residual, n, shift, shared_sums);
  }
  return shifted_moments(n, shift, sums, center);
}

// Whether sums about a shift have lost no digits, neither to a shift that is far from the mean nor to the range of the
// type: of the squares, more than half belongs to the deviations from the mean itself.
INLINE int is_sound(double count, double2 sums) {
  return 2 * sums.x * sums.x < count * sums.y && sums.y > SMALLEST_SQUARES && sums.y < LARGEST_SQUARES;
}

// Adds a run of n > 0 contiguous elements to `all`, whose count may be 0. `next` is read soon after.
INLINE Moments add_run(Moments all, __global const REAL *x, __global const REAL *residual, long n, int center,
                       __global const REAL *next, __local double *shared_sums) {
  for (long i = 0; i < n; i += BLOCK) {
    Moments block =
        block_moments(x + i, residual + i, (int)min((long)BLOCK, n - i), center, next + i, shared_sums);
    all = all.count == 0 ? block : merge(all, block);
  }
  return all;
}

INLINE Moments no_moments() {
  Moments none;
  none.count = 0;
  none.mean = 0;
  none.m2 = 0;
  return none;
}

// Where eps stands.
#define EPS_INSIDE_SQRT 0
#define EPS_OUTSIDE 1
#define EPS_IN_VARIANCE 2

// 1 / sqrt(variance + eps), or 1 / (sqrt(variance) + eps).
INLINE double reciprocal_deviation(double variance, double eps, int eps_mode) {
  return eps_mode == EPS_OUTSIDE ? 1.0 / (sqrt(variance) + eps) : 1.0 / sqrt(variance + eps);
}

// What the forward pass hands to the backward pass, one entry per unit; arrays that nobody wants are null.
INLINE void save_statistics(Moments all, double eps, int eps_mode, __global REAL *mean,
                            __global REAL *mean_low, __global REAL *rstd, long unit) {
  REAL high = (REAL)all.mean;
  if (mean) {
    mean[unit] = high;
  }
  if (mean_low) {
    mean_low[unit] = isfinite(high) ? (REAL)(all.mean - high) : 0;
  }
  if (rstd) {
    rstd[unit] = (REAL)reciprocal_deviation(all.m2 / all.count, eps, eps_mode);
  }
}

// An entry of an array, or what stands in for it where the array is null.
INLINE REAL entry(__global const REAL *array, long index, REAL missing) {
  return array ? array[index] : missing;
}

// k of the gradient: 1 with eps inside the root. With eps outside, r = 1 / (sigma + eps), it is
// (sigma + eps) / sigma, and 0 where sigma is 0, since the normalized value is 0 there.
INLINE double projection(double rstd, double eps, int eps_mode) {
  if (eps_mode != EPS_OUTSIDE) {
    return 1;
  }
  double sigma = 1 / rstd - eps;
  return sigma > 1e-6 * eps ? 1 / (rstd * sigma) : 0;
}
