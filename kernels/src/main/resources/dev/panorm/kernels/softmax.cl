// Softmax and its logarithm over the middle dimension of [outer, mid, inner].
//
//   softmax_rows, softmax_rows_backward         inner = 1: a group owns whole rows
//   softmax_columns, softmax_columns_backward   an item owns VW neighbouring positions of inner
//
// y = exp(x - max) / sum(exp(x - max)), or x - max - log(sum). Backward, from the result: dx = y (dy - sum(dy y)), or
// dy - exp(y) sum(dy). NaN spreads over its own row. Launch: one group per `per_group` rows, or per (outer, tile of
// inner). Bytes: x and y once where a row fits the cache.

#include "common.cl"

INLINE REAL larger(REAL a, REAL b) { return a != a ? a : (b != b ? b : (a > b ? a : b)); }

INLINE VEC larger_each(VEC a, VEC b) { return a != a ? a : (b != b ? b : (a > b ? a : b)); }

INLINE REAL lane_max(VEC v) {
  REAL t[VW];
#if VW == 1
  t[0] = v;
#else
  JOIN(vstore, VW)(v, 0, t);
#endif
  REAL largest = t[0];
  for (int i = 1; i < VW; i++) {
    largest = larger(largest, t[i]);
  }
  return largest;
}

INLINE REAL group_max(REAL v, __local double *shared) {
#if LS == 1
  return v;
#else
  int lid = (int)get_local_id(0);
  shared[lid] = v;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int half_size = LS / 2; half_size > 0; half_size /= 2) {
    if (lid < half_size) {
      shared[lid] = larger((REAL)shared[lid], (REAL)shared[lid + half_size]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  REAL largest = (REAL)shared[0];
  barrier(CLK_LOCAL_MEM_FENCE);
  return largest;
#endif
}

__kernel void softmax_rows(const long rows, const long n, const long per_group, const int logarithm,
                           __global const REAL *x, __global REAL *y) {
  __local double shared[LS];
  long first = (long)get_group_id(0) * per_group;
  long last = min(first + per_group, rows);
  for (long row = first; row < last; row++) {
    long at = row * n;
    VEC most = (VEC)(-INFINITY);
    for (long i = (long)get_local_id(0) * VW; i < n; i += STEP) {
      most = larger_each(most, load_to(x + at, i, n, -INFINITY));
    }
    REAL largest = group_max(lane_max(most), shared);
    WIDE total = 0;
    for (long i = (long)get_local_id(0) * VW; i < n; i += STEP) {
      total += AS_WIDE(exp(load_to(x + at, i, n, -INFINITY) - largest));
    }
    double sum = group_sum(lane_sum(total), shared);
    REAL factor = (REAL)(1 / sum);
    REAL shift = (REAL)log(sum);
    for (long i = (long)get_local_id(0) * VW; i < n; i += STEP) {
      VEC d = load_to(x + at, i, n, 0) - largest;
      store_to(logarithm ? d - shift : exp(d) * factor, y + at, i, n);
    }
  }
}

__kernel void softmax_rows_backward(const long rows, const long n, const long per_group, const int logarithm,
                                    __global const REAL *y, __global const REAL *dy, __global REAL *dx) {
  __local double shared[LS];
  long first = (long)get_group_id(0) * per_group;
  long last = min(first + per_group, rows);
  for (long row = first; row < last; row++) {
    long at = row * n;
    WIDE total = 0;
    for (long i = (long)get_local_id(0) * VW; i < n; i += STEP) {
      VEC g = load_to(dy + at, i, n, 0);
      total += AS_WIDE(logarithm ? g : g * load_to(y + at, i, n, 0));
    }
    REAL sum = (REAL)group_sum(lane_sum(total), shared);
    for (long i = (long)get_local_id(0) * VW; i < n; i += STEP) {
      VEC g = load_to(dy + at, i, n, 0);
      VEC v = load_to(y + at, i, n, 0);
      store_to(logarithm ? g - exp(v) * sum : v * (g - sum), dx + at, i, n);
    }
  }
}

__kernel void softmax_columns(const long mid, const long inner, const long tiles, const int logarithm,
                              __global const REAL *x, __global REAL *y) {
  long at = (long)get_group_id(0) / tiles * mid * inner;
  long i = ((long)get_group_id(0) % tiles * LS + (long)get_local_id(0)) * VW;
  if (i >= inner) {
    return;
  }
  VEC most = (VEC)(-INFINITY);
  for (long m = 0; m < mid; m++) {
    most = larger_each(most, load_to(x + at + m * inner, i, inner, 0));
  }
  WIDE total = 0;
  for (long m = 0; m < mid; m++) {
    total += AS_WIDE(exp(load_to(x + at + m * inner, i, inner, 0) - most));
  }
  VEC factor = AS_VEC(1 / total);
  VEC shift = AS_VEC(log(total));
  for (long m = 0; m < mid; m++) {
    VEC d = load_to(x + at + m * inner, i, inner, 0) - most;
    store_to(logarithm ? d - shift : exp(d) * factor, y + at + m * inner, i, inner);
  }
}

__kernel void softmax_columns_backward(const long mid, const long inner, const long tiles,
                                       const int logarithm, __global const REAL *y,
                                       __global const REAL *dy, __global REAL *dx) {
  long at = (long)get_group_id(0) / tiles * mid * inner;
  long i = ((long)get_group_id(0) % tiles * LS + (long)get_local_id(0)) * VW;
  if (i >= inner) {
    return;
  }
  WIDE total = 0;
  for (long m = 0; m < mid; m++) {
    VEC g = load_to(dy + at + m * inner, i, inner, 0);
    total += AS_WIDE(logarithm ? g : g * load_to(y + at + m * inner, i, inner, 0));
  }
  VEC sum = AS_VEC(total);
  for (long m = 0; m < mid; m++) {
    VEC g = load_to(dy + at + m * inner, i, inner, 0);
    VEC v = load_to(y + at + m * inner, i, inner, 0);
    store_to(logarithm ? g - exp(v) * sum : v * (g - sum), dx + at + m * inner, i, inner);
  }
}
