// Norms whose statistics run over contiguous elements with one weight per element: LayerNorm, RMSNorm and
// GroupNorm without positions. x is [outer, groups, n], weight and bias are [groups, n]. The way back: rows_backward.cl.
//
//   rows_forward    y = activation(((x - hi) - lo) rstd w + b)     reads x once from memory, writes y once
//
// Launch: one group per `per_group` consecutive rows. Arrays that a call has no use for are null. Derivation:
// docs/rows.md.

#include "affine.cl"

// y, and the sum where one is wanted, at vector i of a row.
INLINE void forward_at(long i, long n, __global const REAL *x, __global const REAL *residual,
                       __global const REAL *weight, __global const REAL *bias, __global REAL *y,
                       __global REAL *sum, REAL high, REAL low, REAL r, int both) {
  VEC v = input(x, residual, i, n, 0);
#if RES == 1
  if (sum) {
    store_to(v, sum, i, n);
  }
#endif
  VEC z = affine(((v - high) - low) * r, weight, bias, i, n, both);
  store_to(epilogue(z, residual, i, n), y, i, n);
}

// A row whose statistics are known.
typedef struct {
  __global const REAL *x;
  __global const REAL *residual;
  __global const REAL *weight;
  __global const REAL *bias;
  __global REAL *y;
  __global REAL *sum;
  REAL high;
  REAL low;
  REAL rstd;
} Measured;

INLINE void output_at(long i, long n, Measured m, int both) {
  forward_at(i, n, m.x, m.residual, m.weight, m.bias, m.y, m.sum, m.high, m.low, m.rstd, both);
}

INLINE void forward_row(long n, Measured m, int both) {
  for (long i = get_local_id(0) * VW; i < n; i += STEP) {
    output_at(i, n, m, both);
  }
}

// Two vectors of the sums of x - shift and of its square; where `before` is 1, those of results on the way, so that
// memory is read and written all the time.
INLINE void squares_at(long i, long ahead, __global const REAL *x, __global const REAL *residual, REAL shift, long n,
                       Measured last, int before, int both, VEC *sum, VEC *square) {
  fetch_two_ahead(x + ahead + i);
#pragma unroll
  for (int u = 0; u < 2; u++) {
    VEC d = input_full(x, residual, i + u * STEP) - shift;
    sum[u] += d;
    square[u] = fma(d, d, square[u]);
    if (before) {
      output_at(i + u * STEP, n, last, both);
    }
  }
}

// sum(x - shift) and sum((x - shift)^2) over a row; where `before` is 1, the results of the row before on the way.
INLINE double2 row_squares(long n, __global const REAL *x, __global const REAL *residual, REAL shift,
                           Measured last, int before, int both, __local double *shared_sums) {
  WIDE total = 0;
  WIDE squares = 0;
  long i = get_local_id(0) * VW;
  while (i + STEP + VW <= n) {
    VEC sum[2] = {0, 0};
    VEC square[2] = {0, 0};
    for (int k = 0; k < SHORT && i + STEP + VW <= n; k++, i += 2 * STEP) {
      squares_at(i, n, x, residual, shift, n, last, before, both, sum, square);
    }
    total += AS_WIDE(sum[0] + sum[1]);
    squares += AS_WIDE(square[0] + square[1]);
  }
  for (; i < n; i += STEP) {
    VEC d = input(x, residual, i, n, shift) - shift;
    total += AS_WIDE(d);
    squares += AS_WIDE(d * d);
    if (before) {
      output_at(i, n, last, both);
    }
  }
  return group_sums(total, squares, shared_sums);
}

// Elements of a row whose mean its sums are taken from.
#define FIRST 128

INLINE REAL first_mean(long n, __global const REAL *x, __global const REAL *residual, int center,
                       __local double *shared_sums) {
  int count = (int)min((long)FIRST, n);
  return center ? (REAL)(block_sum(x, residual, count, shared_sums) / count) : 0;
}

// Moments from sums about a shift, or once more from the row where those have lost digits.
INLINE Moments settled(long n, __global const REAL *x, __global const REAL *residual, REAL shift, double2 sums,
                       int center, __local double *shared_sums) {
  return is_sound(n, sums) ? shifted_moments(n, shift, sums, center)
                           : add_run(no_moments(), x, residual, n, center, x + n, shared_sums);
}

// Moments of a row; where `before` is 1, the results of the row before on the way. A GPU's group has one row.
INLINE Moments row_moments(long n, __global const REAL *x, __global const REAL *residual, int center, Measured last,
                           int before, int both, __local double *shared_sums) {
#if LS == 1
  REAL shift = first_mean(n, x, residual, center, shared_sums);
  double2 sums = before ? row_squares(n, x, residual, shift, last, 1, both, shared_sums)
                        : row_squares(n, x, residual, shift, last, 0, both, shared_sums);
  return settled(n, x, residual, shift, sums, center, shared_sums);
#else
  return add_run(no_moments(), x, residual, n, center, x + n, shared_sums);
#endif
}

// Arrays of a call of rows_forward, and how to normalize.
typedef struct {
  __global const REAL *x;
  __global const REAL *residual;
  __global const REAL *weight;
  __global const REAL *bias;
  __global REAL *y;
  __global REAL *sum;
  __global REAL *mean;
  __global REAL *mean_low;
  __global REAL *rstd;
  double eps;
  int eps_mode;
  int center;
} Forward;

// Saves the statistics of a row, and returns it as measured.
INLINE Measured measured(long row, long n, long groups, Moments all, Forward f) {
  if (get_local_id(0) == 0) {
    save_statistics(all, f.eps, f.eps_mode, f.mean, f.mean_low, f.rstd, row);
  }
  Measured m;
  m.x = f.x + row * n;
  m.residual = OFFSET(f.residual, row * n);
  m.weight = OFFSET(f.weight, row % groups * n);
  m.bias = OFFSET(f.bias, row % groups * n);
  m.y = f.y + row * n;
  m.sum = OFFSET(f.sum, row * n);
  m.high = (REAL)all.mean;
  m.low = (REAL)(all.mean - m.high);
  m.rstd = (REAL)reciprocal_deviation(all.m2 / all.count, f.eps, f.eps_mode);
  return m;
}

INLINE void forward_rows(long first, long last, long n, long groups, Forward f, __local double *shared_sums,
                         int both) {
  Measured before;
  for (long row = first; row < last; row++) {
    long at = row * n;
    Moments all = row_moments(n, f.x + at, OFFSET(f.residual, at), f.center, before, row > first, both, shared_sums);
    before = measured(row, n, groups, all, f);
#if LS > 1
    forward_row(n, before, both);
#endif
  }
#if LS == 1
  forward_row(n, before, both);
#endif
}

#if LS == 1
// Rows of a block, and the columns of them whose weights and biases stay in the first-level cache meanwhile.
#define BLOCK_ROWS 4
#define PANEL (4096 / (int)sizeof(REAL))

// A panel of a row that is measured.
INLINE Measured panel_of(Measured m, long begin) {
  m.x += begin;
  m.residual = OFFSET(m.residual, begin);
  m.weight = OFFSET(m.weight, begin);
  m.bias = OFFSET(m.bias, begin);
  m.y += begin;
  m.sum = OFFSET(m.sum, begin);
  return m;
}

// Adds the sums of one panel of a row; where `before` is 1, the results of another panel on the way.
INLINE void panel_squares(long ahead, __global const REAL *x, __global const REAL *residual, REAL shift,
                          Measured last, int before, int both, WIDE *total, WIDE *squares) {
  for (int i = 0; i < PANEL;) {
    VEC sum[2] = {0, 0};
    VEC square[2] = {0, 0};
    for (int k = 0; k < SHORT && i < PANEL; k++, i += 2 * VW) {
      squares_at(i, ahead, x, residual, shift, PANEL, last, before, both, sum, square);
    }
    *total += AS_WIDE(sum[0] + sum[1]);
    *squares += AS_WIDE(square[0] + square[1]);
  }
}

// The sums of a block row by row, and the results of the block before panel by panel on the way.
INLINE void forward_block(long first, long n, long groups, Forward f, Measured *block, int before, int both,
                          __local double *shared_sums) {
  Measured old[BLOCK_ROWS];
  for (int row = 0; row < BLOCK_ROWS; row++) {
    old[row] = block[row];
  }
  int panels = (int)(n / PANEL);
  for (int row = 0; row < BLOCK_ROWS; row++) {
    long at = (first + row) * n;
    __global const REAL *residual = OFFSET(f.residual, at);
    REAL shift = first_mean(n, f.x + at, residual, f.center, shared_sums);
    WIDE total = 0;
    WIDE squares = 0;
    for (int panel = 0; panel < panels; panel++) {
      long begin = panel * PANEL;
      int piece = row * panels + panel;
      Measured last = panel_of(old[piece % BLOCK_ROWS], piece / BLOCK_ROWS * PANEL);
      panel_squares(n, f.x + at + begin, OFFSET(residual, begin), shift, last, before, both, &total, &squares);
    }
    double2 sums = group_sums(total, squares, shared_sums);
    Moments all = settled(n, f.x + at, residual, shift, sums, f.center, shared_sums);
    block[row] = measured(first + row, n, groups, all, f);
  }
}

// Rows so long that their weights would come from the second-level cache each time: in blocks.
INLINE void forward_blocks(long first, long last, long n, long groups, Forward f, __local double *shared_sums,
                           int both) {
  Measured block[BLOCK_ROWS];
  for (long row = first; row < last; row += BLOCK_ROWS) {
    if (row == first) {
      forward_block(row, n, groups, f, block, 0, both, shared_sums);
    } else {
      forward_block(row, n, groups, f, block, 1, both, shared_sums);
    }
  }
  for (int row = 0; row < BLOCK_ROWS; row++) {
    forward_row(n, block[row], both);
  }
}
#endif

INLINE void forward_group(long first, long last, long n, long groups, Forward f, __local double *shared_sums,
                          int both) {
  long done = first;
#if LS == 1
  if (groups == 1 && n >= 2 * PANEL && n % PANEL == 0 && last - first >= BLOCK_ROWS) {
    done = last - (last - first) % BLOCK_ROWS;
    forward_blocks(first, done, n, groups, f, shared_sums, both);
  }
#endif
  if (done < last) {
    forward_rows(done, last, n, groups, f, shared_sums, both);
  }
}

__kernel void rows_forward(const long rows, const long n, const long groups, const long per_group,
                           __global const REAL *x, __global const REAL *residual,
                           __global const REAL *weight, __global const REAL *bias, __global REAL *y,
                           __global REAL *sum, __global REAL *mean, __global REAL *mean_low,
                           __global REAL *rstd, const double eps, const int eps_mode, const int center) {
  __local double shared_sums[LS];
  long first = (long)get_group_id(0) * per_group;
  long last = min(first + per_group, rows);
  Forward f = {x, residual, weight, bias, y, sum, mean, mean_low, rstd, eps, eps_mode, center};
  if (weight && bias) {
    forward_group(first, last, n, groups, f, shared_sums, 1);
  } else {
    forward_group(first, last, n, groups, f, shared_sums, 0);
  }
}
