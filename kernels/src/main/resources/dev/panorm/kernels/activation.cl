// The activation of the option ACT, forward and backward.
//
// Launch: one group per `per_group` elements. Bytes: x (and dy) once, the result once.

#include "epilogue.cl"

__kernel void activate_all(const long n, const long per_group, __global const REAL *x, __global REAL *y) {
  long first = (long)get_group_id(0) * per_group;
  long last = min(first + per_group, n);
  for (long i = first + (long)get_local_id(0) * VW; i < last; i += STEP) {
    store_to(activate(load_to(x, i, last, 0)), y, i, last);
  }
}

__kernel void activate_all_backward(const long n, const long per_group, __global const REAL *x,
                                    __global const REAL *dy, __global REAL *dx) {
  long first = (long)get_group_id(0) * per_group;
  long last = min(first + per_group, n);
  for (long i = first + (long)get_local_id(0) * VW; i < last; i += STEP) {
    store_to(activate_backward(load_to(x, i, last, 0), load_to(dy, i, last, 0)), dx, i, last);
  }
}
