// Sums, means and extrema.
//
//   reduce_rows      one number per (row, chunk) of a matrix [rows, n]
//   reduce_finish    the numbers of a result, in order: [outer, results, chunks] to [results]
//   reduce_columns   over mid of [outer, mid, inner]; an item owns VW neighbouring positions of inner
//   argmax           position of the largest along mid, the first of equal ones, a NaN before all
//
// Launch: one group per (row, chunk) or per (outer, tile of inner); one item per result (finish, argmax). Sums run in
// the type of the data over at most SHORT elements per lane, then in double. NaN wins every extremum.

#include "common.cl"

#define SUM 0
#define MEAN 1
#define SUM_OF_SQUARES 2
#define MAX 3
#define MIN 4

INLINE double extremum(int function, double a, double b) {
  if (a != a || b != b) {
    return a != a ? a : b;
  }
  return (function == MAX) == (a > b) ? a : b;
}

INLINE double start_of(int function) {
  return function == MAX ? -INFINITY : function == MIN ? INFINITY : 0;
}

INLINE double combine(int function, double a, double b) {
  return function >= MAX ? extremum(function, a, b) : a + b;
}

INLINE VEC extremum_each(int function, VEC a, VEC b) {
  VEC best = function == MAX ? (a > b ? a : b) : (a < b ? a : b);
  return a != a ? a : (b != b ? b : best);
}

INLINE double lane_extremum(int function, VEC v) {
  REAL t[VW];
#if VW == 1
  t[0] = v;
#else
  JOIN(vstore, VW)(v, 0, t);
#endif
  double best = t[0];
  for (int i = 1; i < VW; i++) {
    best = extremum(function, best, t[i]);
  }
  return best;
}

// The same tree as group_sum.
INLINE double group_combine(int function, double v, __local double *shared) {
#if LS == 1
  return v;
#else
  int lid = (int)get_local_id(0);
  shared[lid] = v;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int half_size = LS / 2; half_size > 0; half_size /= 2) {
    if (lid < half_size) {
      shared[lid] = combine(function, shared[lid], shared[lid + half_size]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  return shared[0];
#endif
}

INLINE double sum_of_run(long n, int function, __global const REAL *x) {
  WIDE total = 0;
  for (long i = (long)get_local_id(0) * VW; i < n;) {
    VEC sum = 0;
    if (function == SUM_OF_SQUARES) {
      // In double, since a square may leave the range of a float.
      WIDE v = AS_WIDE(load_to(x, i, n, 0));
      total = fma(v, v, total);
      i += STEP;
    } else {
      for (int k = 0; k < SHORT && i < n; k++, i += STEP) {
        sum += load_to(x, i, n, 0);
      }
      total += AS_WIDE(sum);
    }
  }
  return lane_sum(total);
}

INLINE double extremum_of_run(long n, int function, __global const REAL *x) {
  REAL nothing = (REAL)start_of(function);
  VEC best = (VEC)(nothing);
  for (long i = (long)get_local_id(0) * VW; i < n; i += STEP) {
    best = extremum_each(function, best, load_to(x, i, n, nothing));
  }
  return lane_extremum(function, best);
}

__kernel void reduce_rows(const long n, const long chunks, const long chunk_length, const int function,
                          __global const REAL *x, __global double *partial) {
  __local double shared[LS];
  long row = (long)get_group_id(0) / chunks;
  long first = (long)get_group_id(0) % chunks * chunk_length;
  long length = min(chunk_length, n - first);
  __global const REAL *run = x + row * n + first;
  double own = function >= MAX ? extremum_of_run(length, function, run) : sum_of_run(length, function, run);
  double all = group_combine(function, own, shared);
  if (get_local_id(0) == 0) {
    partial[get_group_id(0)] = all;
  }
}

__kernel void reduce_finish(const long results, const long outer, const long chunks, const long count,
                            const int function, __global const double *partial, __global REAL *y) {
  long result = get_global_id(0);
  if (result >= results) {
    return;
  }
  double all = start_of(function);
  for (long o = 0; o < outer; o++) {
    for (long chunk = 0; chunk < chunks; chunk++) {
      all = combine(function, all, partial[(o * results + result) * chunks + chunk]);
    }
  }
  y[result] = (REAL)(function == MEAN ? all / count : all);
}

__kernel void reduce_columns(const long mid, const long inner, const long tiles, const int function,
                             __global const REAL *x, __global REAL *y) {
  long outer = (long)get_group_id(0) / tiles;
  long i = ((long)get_group_id(0) % tiles * LS + (long)get_local_id(0)) * VW;
  __global const REAL *column = x + outer * mid * inner;
  if (i >= inner) {
    return;
  }
  if (function >= MAX) {
    VEC best = load_to(column, i, inner, 0);
    for (long m = 1; m < mid; m++) {
      best = extremum_each(function, best, load_to(column + m * inner, i, inner, 0));
    }
    store_to(best, y + outer * inner, i, inner);
    return;
  }
  WIDE total = 0;
  for (long m = 0; m < mid;) {
    if (function == SUM_OF_SQUARES) {
      WIDE v = AS_WIDE(load_to(column + m * inner, i, inner, 0));
      total = fma(v, v, total);
      m++;
    } else {
      VEC sum = 0;
      for (int k = 0; k < SHORT && m < mid; k++, m++) {
        sum += load_to(column + m * inner, i, inner, 0);
      }
      total += AS_WIDE(sum);
    }
  }
  store_to(AS_VEC(function == MEAN ? total / (double)mid : total), y + outer * inner, i, inner);
}

__kernel void argmax(const long outer, const long mid, const long inner, __global const REAL *x,
                     __global long *indices) {
  long result = get_global_id(0);
  if (result >= outer * inner) {
    return;
  }
  __global const REAL *column = x + result / inner * mid * inner + result % inner;
  REAL best = column[0];
  long position = 0;
  for (long m = 1; m < mid && best == best; m++) {
    REAL value = column[m * inner];
    if (value > best || value != value) {
      best = value;
      position = m;
    }
  }
  indices[result] = position;
}
