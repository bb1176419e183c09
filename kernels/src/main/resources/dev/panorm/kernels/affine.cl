// The affine map behind a norm, and all that rows.cl and rows_backward.cl share.

#include "epilogue.cl"
#include "moments.cl"

// w normalized + b, each where there is one; `both` is a constant and says so beforehand.
INLINE VEC affine(VEC normalized, __global const REAL *weight, __global const REAL *bias, long i, long n,
                  int both) {
  VEC z = normalized;
  if (both || (weight && bias)) {
    z = fma(normalized, load_to(weight, i, n, 0), load_to(bias, i, n, 0));
  } else if (weight) {
    z = normalized * load_to(weight, i, n, 0);
  } else if (bias) {
    z = normalized + load_to(bias, i, n, 0);
  }
  return z;
}
