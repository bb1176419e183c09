// Norms over contiguous elements with one weight per element, backward; rows.cl is the way forward.
//
//   rows_backward   dx = r (g - mean(g) - k xh mean(g xh)), g = dz w; reads x and dy once, writes dx once,
//                   and per chunk of rows the partial sums of dz xh and dz
//   rows_finish     dweight, dbias: the partial sums of all chunks, added in order
//
// Launch: one group per `per_group` consecutive samples; finish: one item per FINISH vectors of columns of dweight and of
// dbias. Arrays that a call has no use for are null. Derivation: docs/rows.md.
//
// A CPU has a row, its gradient, the weight and the partial sums in its first-level cache, and adds to these in the first
// sweep. Of wide rows they would come from the second level twice, so it takes some together: the sums of each, then panel
// by panel the results of all, the partial sums beside them. Results that do not begin at vectors would push the rows out.

#include "affine.cl"

// Elements of the shortest wide row, of the rows that are taken together, and of a panel; and how many rows at most.
#define WIDE_ROW (12288 / (int)sizeof(REAL))
#define TOGETHER_ELEMENTS (131072 / (int)sizeof(REAL))
#define PANEL (4096 / (int)sizeof(REAL))
#define MOST_TOGETHER 8

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
  return epilogue_backward(affine(normalized, row.weight, row.bias, i, n, 0), load_to(row.dy, i, n, 0),
                           row.residual, i, n);
#endif
}

INLINE VEC weighted(VEC dz, long i, long n, Row row, int all) {
  return all || row.weight ? dz * load_to(row.weight, i, n, 0) : dz;
}

// The partial sums of the columns of some rows, null where nobody wants them.
typedef struct {
  __global REAL *weight;
  __global REAL *bias;
} Columns;

// `all` is a constant that says that there are a weight and column sums.
INLINE void add_to_columns(long i, long n, VEC normalized, VEC dz, Columns columns, int all) {
  if (all || columns.weight) {
    keep_to(fma(dz, normalized, load_to(columns.weight, i, n, 0)), columns.weight, i, n);
    keep_to(dz + load_to(columns.bias, i, n, 0), columns.bias, i, n);
  }
}

// The sums of a row, and of its columns unless it is wide: vector i.
INLINE void sums_at(long i, long n, Row row, Columns columns, VEC *sum, VEC *product, int all, int wide) {
  VEC normalized = normalized_at(i, n, row);
  VEC dz = gradient_at(i, n, normalized, row);
  VEC g = weighted(dz, i, n, row, all);
  *sum += g;
  *product = fma(g, normalized, *product);
  if (!wide) {
    add_to_columns(i, n, normalized, dz, columns, all);
  }
}

// The result of a row, and the sums of its columns if it is wide: vector i.
INLINE void backward_at(long i, long n, Row row, Columns columns, __global const REAL *dsum, __global REAL *dx,
                        __global REAL *dresidual, REAL shift, REAL slope, int all, int wide) {
  VEC normalized = normalized_at(i, n, row);
  VEC dz = gradient_at(i, n, normalized, row);
  if (wide) {
    add_to_columns(i, n, normalized, dz, columns, all);
  }
  VEC d = fma(normalized, (VEC)(slope), fma(weighted(dz, i, n, row, all), (VEC)(row.rstd), (VEC)(shift)));
#if RES == 1
  if (dsum) {
    d += load_to(dsum, i, n, 0);
  }
#elif RES == 2
  if (dresidual) {
    store_to(dz, dresidual, i, n);
  }
#endif
  if (all || dx) {
    store_to(d, dx, i, n);
  }
}

// sum(g) and sum(g xh) of a row, and its column sums.
INLINE double2 row_sums(long n, Row row, Columns columns, __local double *shared_sums, int all, int wide) {
  WIDE total = 0;
  WIDE total_product = 0;
  long i = get_local_id(0) * VW;
  while (i + STEP + VW <= n) {
    VEC sum = 0;
    VEC product = 0;
    for (int k = 0; k < SHORT && i + STEP + VW <= n; k++, i += 2 * STEP) {
      fetch_two_ahead(row.x + AHEAD + i);
      fetch_two_ahead(row.dy + AHEAD + i);
      sums_at(i, n, row, columns, &sum, &product, all, wide);
      sums_at(i + STEP, n, row, columns, &sum, &product, all, wide);
    }
    total += AS_WIDE(sum);
    total_product += AS_WIDE(product);
  }
  for (; i < n; i += STEP) {
    VEC sum = 0;
    VEC product = 0;
    sums_at(i, n, row, columns, &sum, &product, all, wide);
    total += AS_WIDE(sum);
    total_product += AS_WIDE(product);
  }
  return group_sums(total, total_product, shared_sums);
}

// Arrays of a call of rows_backward.
typedef struct {
  __global const REAL *x;
  __global const REAL *dy;
  __global const REAL *residual;
  __global const REAL *weight;
  __global const REAL *bias;
  __global const REAL *mean;
  __global const REAL *mean_low;
  __global const REAL *rstd;
  __global const REAL *dsum;
  __global REAL *dx;
  __global REAL *dresidual;
} Arrays;

INLINE Row row_of(Arrays a, long unit, long groups, long n) {
  Row row;
  row.x = a.x + unit * n;
  row.dy = a.dy + unit * n;
  row.residual = OFFSET(a.residual, unit * n);
  row.weight = OFFSET(a.weight, unit % groups * n);
  row.bias = OFFSET(a.bias, unit % groups * n);
  row.high = entry(a.mean, unit, 0);
  row.low = entry(a.mean_low, unit, 0);
  row.rstd = a.rstd[unit];
  return row;
}

// A row whose sums are known: dx = dz w rstd + xh slope + shift.
typedef struct {
  Row row;
  long unit;
  REAL shift;
  REAL slope;
} Summed;

INLINE Summed summed(long unit, long groups, long n, Arrays a, Columns columns, double eps, int eps_mode, int center,
                     __local double *shared_sums, int all, int wide) {
  Summed s;
  s.unit = unit;
  s.row = row_of(a, unit, groups, n);
  double2 sums = row_sums(n, s.row, columns, shared_sums, all, wide);
  s.shift = center ? (REAL)(-s.row.rstd * (sums.x / n)) : 0;
  s.slope = (REAL)(-s.row.rstd * (sums.y / n * projection(s.row.rstd, eps, eps_mode)));
  return s;
}

// The results of elements [begin, end) of a row, whose x and dy are in a cache by now; asks for those `ahead` elements
// further meanwhile.
INLINE void backward_row(long begin, long end, long n, Summed s, Arrays a, Columns columns, long ahead, int all,
                         int wide) {
  Row row = s.row;
  __global const REAL *dsum = OFFSET(a.dsum, s.unit * n);
  __global REAL *dx = OFFSET(a.dx, s.unit * n);
  __global REAL *dresidual = OFFSET(a.dresidual, s.unit * n);
  long i = begin + get_local_id(0) * VW;
  for (; i + STEP < end; i += 2 * STEP) {
    fetch_two_ahead(row.x + ahead + i);
    fetch_two_ahead(row.dy + ahead + i);
    backward_at(i, n, row, columns, dsum, dx, dresidual, s.shift, s.slope, all, wide);
    backward_at(i + STEP, n, row, columns, dsum, dx, dresidual, s.shift, s.slope, all, wide);
  }
  if (i < end) {
    backward_at(i, n, row, columns, dsum, dx, dresidual, s.shift, s.slope, all, wide);
  }
}

INLINE void backward_rows(long first, long last, long groups, long n, Arrays a, Columns columns, double eps,
                          int eps_mode, int center, __local double *shared_sums, int all) {
  for (long unit = first; unit < last; unit++) {
    long column = unit % groups * n;
    Columns own = {OFFSET(columns.weight, column), OFFSET(columns.bias, column)};
    Summed s = summed(unit, groups, n, a, own, eps, eps_mode, center, shared_sums, all, 0);
    backward_row(0, n, n, s, a, own, n, all, 0);
  }
}

// The same of wide rows of one group, with a weight and column sums.
INLINE void backward_wide_rows(long first, long last, long n, Arrays a, Columns columns, double eps, int eps_mode,
                               int center, __local double *shared_sums) {
  long together = max(1L, min((long)MOST_TOGETHER, TOGETHER_ELEMENTS / n));
  Summed rows[MOST_TOGETHER];
  for (long unit = first; unit < last; unit += together) {
    int count = (int)min(together, last - unit);
    for (int k = 0; k < count; k++) {
      rows[k] = summed(unit + k, 1, n, a, columns, eps, eps_mode, center, shared_sums, 1, 1);
    }
    for (long begin = 0; begin < n; begin += PANEL) {
      for (int k = 0; k < count; k++) {
        backward_row(begin, min(begin + PANEL, n), n, rows[k], a, columns, together * n, 1, 1);
      }
    }
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
  Arrays a = {x, dy, residual, weight, bias, mean, mean_low, rstd, dsum, dx, dresidual};
  long first = (long)get_group_id(0) * per_group;
  long last = min(first + per_group, outer);
  Columns columns;
  columns.weight = OFFSET(partial, (long)get_group_id(0) * 2 * groups * n);
  columns.bias = OFFSET(columns.weight, groups * n);
  if (partial) {
    for (long i = get_local_id(0) * VW; i < 2 * groups * n; i += STEP) {
      keep_to(0, columns.weight, i, 2 * groups * n);
    }
    group_fence();
  }
  int all = weight && partial && dx;
  if (LS == 1 && ALN && all && groups == 1 && n >= WIDE_ROW) {
    backward_wide_rows(first, last, n, a, columns, eps, eps_mode, center, shared_sums);
  } else if (all) {
    backward_rows(first * groups, last * groups, groups, n, a, columns, eps, eps_mode, center, shared_sums, 1);
  } else {
    backward_rows(first * groups, last * groups, groups, n, a, columns, eps, eps_mode, center, shared_sums, 0);
  }
}

// Vectors of columns that one item adds up: long runs for the loop of a CPU, many items elsewhere.
#if LS == 1
#define FINISH 32
#else
#define FINISH 1
#endif

// Items are those of dweight, then those of dbias.
__kernel void rows_finish(const long chunks, const long columns, __global const REAL *partial,
                          __global REAL *dweight, __global REAL *dbias) {
  long items = (columns + FINISH * VW - 1) / (FINISH * VW);
  long item = get_global_id(0);
  __global REAL *result = item < items ? dweight : dbias;
  if (item >= 2 * items || !result) {
    return;
  }
  long first = item % items * FINISH * VW;
  long n = min((long)FINISH * VW, columns - first);
  __global const REAL *p = partial + item / items * columns + first;
  WIDE sum[FINISH];
  for (int k = 0; k < FINISH; k++) {
    sum[k] = 0;
  }
  for (long chunk = 0; chunk < chunks; chunk++, p += 2 * columns) {
    int k = 0;
    for (long i = 0; i < n; i += VW, k++) {
      fetch_ahead(p + 4 * columns + i);
      sum[k] += AS_WIDE(load_to(p, i, n, 0));
    }
  }
  int k = 0;
  for (long i = 0; i < n; i += VW, k++) {
    keep_to(AS_VEC(sum[k]), result + first, i, n);
  }
}
