// Norms whose statistics run over contiguous elements with one weight per element: LayerNorm, RMSNorm and
// GroupNorm without positions. x is [outer, groups, n], weight and bias are [groups, n].
//
//   rows_forward    y = activation(((x - hi) - lo) rstd w + b)     reads x once from memory, writes y once
//   rows_backward   dx = r (g - mean(g) - k xh mean(g xh)), g = dz w; reads x and dy once, writes dx once,
//                   and per chunk of rows the partial sums of dz xh and dz
//   rows_finish     dweight, dbias: the partial sums of all chunks, added in order
//
// Launch: one group per `per_group` consecutive rows (forward) or samples (backward); finish: one item per VW
// columns. Arrays that a call has no use for are null. Derivation: docs/rows.md.

#include "epilogue.cl"
#include "moments.cl"

INLINE VEC affine(VEC normalized, __global const REAL *weight, __global const REAL *bias, long i, long n) {
  VEC z = normalized;
  if (weight && bias) {
    z = fma(normalized, load_to(weight, i, n, 0), load_to(bias, i, n, 0));
  } else if (weight) {
    z = normalized * load_to(weight, i, n, 0);
  } else if (bias) {
    z = normalized + load_to(bias, i, n, 0);
  }
  return z;
}

// --------------------------------------------------------------------------------------------- forward

// y, and the sum where one is wanted, at vector i of a row.
INLINE void forward_at(long i, long n, __global const REAL *x, __global const REAL *residual,
                       __global const REAL *weight, __global const REAL *bias, __global REAL *y,
                       __global REAL *sum, REAL high, REAL low, REAL r) {
  VEC v = input(x, residual, i, n, 0);
#if RES == 1
  if (sum) {
    store_to(v, sum, i, n);
  }
#endif
  VEC z = affine(((v - high) - low) * r, weight, bias, i, n);
  store_to(epilogue(z, residual, i, n), y, i, n);
}

__kernel void rows_forward(const long rows, const long n, const long groups, const long per_group,
                           __global const REAL *x, __global const REAL *residual,
                           __global const REAL *weight, __global const REAL *bias, __global REAL *y,
                           __global REAL *sum, __global REAL *mean, __global REAL *mean_low,
                           __global REAL *rstd, const double eps, const int eps_mode, const int center) {
  __local double shared_sums[LS];
  long first = (long)get_group_id(0) * per_group;
  long last = min(first + per_group, rows);
  for (long row = first; row < last; row++) {
    long at = row * n;
    __global const REAL *row_residual = OFFSET(residual, at);
    __global const REAL *row_weight = OFFSET(weight, row % groups * n);
    __global const REAL *row_bias = OFFSET(bias, row % groups * n);
    __global REAL *row_sum = OFFSET(sum, at);
    Moments all = add_run(no_moments(), x + at, row_residual, n, center, x + at + n, shared_sums);
    if (get_local_id(0) == 0) {
      save_statistics(all, eps, eps_mode, mean, mean_low, rstd, row);
    }
    REAL high = (REAL)all.mean;
    REAL low = (REAL)(all.mean - high);
    REAL r = (REAL)reciprocal_deviation(all.m2 / all.count, eps, eps_mode);
    long i = get_local_id(0) * VW;
    for (; i + VW <= n; i += STEP) {
      forward_at(i, n, x + at, row_residual, row_weight, row_bias, y + at, row_sum, high, low, r);
    }
    if (i < n) {
      forward_at(i, n, x + at, row_residual, row_weight, row_bias, y + at, row_sum, high, low, r);
    }
  }
}

// -------------------------------------------------------------------------------------------- backward

// One row on its way back.
typedef struct {
  __global const REAL *x;
  __global const REAL *dy;
  __global const REAL *residual;
  __global const REAL *weight;
  __global const REAL *bias;
  REAL high;
  REAL low;
  REAL rstd;
} Row;

INLINE VEC normalized_at(long i, long n, Row row) {
  return ((load_to(row.x, i, n, row.high) - row.high) - row.low) * row.rstd;
}

// Gradient with respect to the output of the affine map.
INLINE VEC gradient_at(long i, long n, VEC normalized, Row row) {
#if ACT == 0
  return load_to(row.dy, i, n, 0);
#else
  return epilogue_backward(affine(normalized, row.weight, row.bias, i, n), load_to(row.dy, i, n, 0),
                           row.residual, i, n);
#endif
}

INLINE VEC weighted(VEC dz, long i, long n, Row row) {
  return row.weight ? dz * load_to(row.weight, i, n, 0) : dz;
}

INLINE void add_to(VEC v, __global REAL *sums, long i, long n, int start) {
  keep_to(start ? v : v + load_to(sums, i, n, 0), sums, i, n);
}

// Adds vector i to sum(g) and sum(g xh) of the row, and to the sums of its columns.
INLINE void sums_at(long i, long n, Row row, __global REAL *dweight, __global REAL *dbias, int start,
                    VEC *sum, VEC *product) {
  VEC normalized = normalized_at(i, n, row);
  VEC dz = gradient_at(i, n, normalized, row);
  VEC g = weighted(dz, i, n, row);
  *sum += g;
  *product = fma(g, normalized, *product);
  if (dweight) {
    add_to(dz * normalized, dweight, i, n, start);
    add_to(dz, dbias, i, n, start);
  }
}

INLINE double2 row_sums(long n, Row row, __global REAL *dweight, __global REAL *dbias, int start,
                        __local double *shared_sums) {
  WIDE total = 0;
  WIDE total_product = 0;
  long i = get_local_id(0) * VW;
  while (i + STEP + VW <= n) {
    VEC sum[2] = {0, 0};
    VEC product[2] = {0, 0};
    for (int k = 0; k < SHORT && i + STEP + VW <= n; k++, i += 2 * STEP) {
      sums_at(i, n, row, dweight, dbias, start, &sum[0], &product[0]);
      sums_at(i + STEP, n, row, dweight, dbias, start, &sum[1], &product[1]);
    }
    total += AS_WIDE(sum[0] + sum[1]);
    total_product += AS_WIDE(product[0] + product[1]);
  }
  for (; i < n; i += STEP) {
    VEC sum = 0;
    VEC product = 0;
    sums_at(i, n, row, dweight, dbias, start, &sum, &product);
    total += AS_WIDE(sum);
    total_product += AS_WIDE(product);
  }
  return (double2)(group_sum(lane_sum(total), shared_sums), group_sum(lane_sum(total_product), shared_sums));
}

INLINE void backward_at(long i, long n, Row row, __global const REAL *dsum, __global REAL *dx,
                        __global REAL *dresidual, REAL shift, REAL slope) {
  fetch_ahead(row.x + n + i);
  fetch_ahead(row.dy + n + i);
  VEC normalized = normalized_at(i, n, row);
  VEC dz = gradient_at(i, n, normalized, row);
  VEC d = row.rstd * fma(-normalized, (VEC)(slope), weighted(dz, i, n, row) - shift);
#if RES == 1
  if (dsum) {
    d += load_to(dsum, i, n, 0);
  }
#elif RES == 2
  if (dresidual) {
    store_to(dz, dresidual, i, n);
  }
#endif
  if (dx) {
    store_to(d, dx, i, n);
  }
}

// `partial` is [chunks, 2, groups * n], null where neither dweight nor dbias is wanted.
__kernel void rows_backward(const long outer, const long n, const long groups, const long per_group,
                            __global const REAL *x, __global const REAL *dy, __global const REAL *residual,
                            __global const REAL *weight, __global const REAL *bias,
                            __global const REAL *mean, __global const REAL *mean_low,
                            __global const REAL *rstd, __global const REAL *dsum, __global REAL *dx,
                            __global REAL *dresidual, __global REAL *partial, const double eps,
                            const int eps_mode, const int center) {
  __local double shared_sums[LS];
  long first = (long)get_group_id(0) * per_group;
  long last = min(first + per_group, outer);
  __global REAL *dweight = OFFSET(partial, (long)get_group_id(0) * 2 * groups * n);
  __global REAL *dbias = OFFSET(dweight, groups * n);
  for (long o = first; o < last; o++) {
    for (long group = 0; group < groups; group++) {
      long unit = o * groups + group;
      long at = unit * n;
      Row row;
      row.x = x + at;
      row.dy = dy + at;
      row.residual = OFFSET(residual, at);
      row.weight = OFFSET(weight, group * n);
      row.bias = OFFSET(bias, group * n);
      row.high = entry(mean, unit, 0);
      row.low = entry(mean_low, unit, 0);
      row.rstd = rstd[unit];
      double2 sums = row_sums(n, row, OFFSET(dweight, group * n), OFFSET(dbias, group * n), o == first, shared_sums);
      REAL shift = center ? (REAL)(sums.x / n) : 0;
      REAL slope = (REAL)(sums.y / n * projection(row.rstd, eps, eps_mode));
      long i = get_local_id(0) * VW;
      for (; i + VW <= n; i += STEP) {
        backward_at(i, n, row, OFFSET(dsum, at), OFFSET(dx, at), OFFSET(dresidual, at), shift, slope);
      }
      if (i < n) {
        backward_at(i, n, row, OFFSET(dsum, at), OFFSET(dx, at), OFFSET(dresidual, at), shift, slope);
      }
    }
  }
}

__kernel void rows_finish(const long chunks, const long columns, __global const REAL *partial,
                          __global REAL *dweight, __global REAL *dbias) {
  long i = (long)get_global_id(0) * VW;
  if (i >= columns) {
    return;
  }
  WIDE sum_weight = 0;
  WIDE sum_bias = 0;
  for (long chunk = 0; chunk < chunks; chunk++) {
    __global const REAL *p = partial + chunk * 2 * columns;
    sum_weight += AS_WIDE(load_to(p, i, columns, 0));
    sum_bias += AS_WIDE(load_to(p + columns, i, columns, 0));
  }
  if (dweight) {
    keep_to(AS_VEC(sum_weight), dweight, i, columns);
  }
  if (dbias) {
    keep_to(AS_VEC(sum_bias), dbias, i, columns);
  }
}
