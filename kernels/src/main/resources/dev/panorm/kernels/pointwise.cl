// Functions of each element by itself.
//
//   unary              y = f(x) with constants p and q             binary   y = f(a, b), broadcast over [rows, n]
//   axpby              y = alpha x + beta y
//
// Launch: one group per `per_group` elements (binary: rows). Bytes: every operand once, the result once.

#include "common.cl"

// The codes are those of ClCodes.
INLINE VEC unary_of(int function, VEC p, VEC q, VEC x) {
  switch (function) {
    case 0: return fma(p, x, q);
    case 1: return exp(x);
    case 2: return log(x);
    case 3: return erf(x);
    case 4: return sqrt(x);
    case 5: return 1 / sqrt(x);
    case 6: return 1 / x;
    case 7: return x * x;
    case 8: return fabs(x);
    case 9: return x > 0 ? (VEC)(1) : (x < 0 ? (VEC)(-1) : x);
    case 10: return pow(x, p);
    default: return x < p ? p : (x > q ? q : x);
  }
}

INLINE VEC binary_of(int function, VEC a, VEC b) {
  switch (function) {
    case 0: return a + b;
    case 1: return a - b;
    case 2: return a * b;
    case 3: return a / b;
    case 4: return a != a ? a : (b != b ? b : (a > b ? a : b));
    case 5: return a != a ? a : (b != b ? b : (a < b ? a : b));
    case 6: return a > b ? (VEC)(1) : (VEC)(0);
    case 7: return a == b ? (VEC)(1) : (VEC)(0);
    default: return b != (VEC)(0) ? a : (VEC)(0);
  }
}

__kernel void unary(const long n, const long per_group, const int function, const double p, const double q,
                    __global const REAL *x, __global REAL *y) {
  long first = (long)get_group_id(0) * per_group;
  long last = min(first + per_group, n);
  for (long i = first + (long)get_local_id(0) * VW; i < last; i += STEP) {
    store_to(unary_of(function, (VEC)((REAL)p), (VEC)((REAL)q), load_to(x, i, last, 1)), y, i, last);
  }
}

// Elements of one row of an operand, or one element for the whole row.
INLINE VEC operand(__global const REAL *row, long i, long n, int stride) {
  return stride ? load_to(row, i, n, 1) : (VEC)(row[0]);
}

// Row r is (o, m) = (r / mid, r % mid); strides in elements, 0 where an operand repeats.
__kernel void binary(const long rows, const long n, const long mid, const long per_group, const int function,
                     const long a_outer, const long a_mid, const int a_inner, const long b_outer,
                     const long b_mid, const int b_inner, __global const REAL *a, __global const REAL *b,
                     __global REAL *y) {
  long first = (long)get_group_id(0) * per_group;
  long last = min(first + per_group, rows);
  for (long row = first; row < last; row++) {
    __global const REAL *row_a = a + row / mid * a_outer + row % mid * a_mid;
    __global const REAL *row_b = b + row / mid * b_outer + row % mid * b_mid;
    for (long i = (long)get_local_id(0) * VW; i < n; i += STEP) {
      store_to(binary_of(function, operand(row_a, i, n, a_inner), operand(row_b, i, n, b_inner)), y + row * n, i, n);
    }
  }
}

__kernel void axpby(const long n, const long per_group, const double alpha, const double beta,
                    __global const REAL *x, __global REAL *y) {
  long first = (long)get_group_id(0) * per_group;
  long last = min(first + per_group, n);
  for (long i = first + (long)get_local_id(0) * VW; i < last; i += STEP) {
    VEC v = (REAL)alpha * load_to(x, i, last, 0);
    store_to(beta == 0 ? v : fma((VEC)((REAL)beta), load_to(y, i, last, 0), v), y, i, last);
  }
}
