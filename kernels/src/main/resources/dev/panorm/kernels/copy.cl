// Copies n elements: the yardstick that the bench measures every other kernel against.
// Launch: one group per `n_per_group` consecutive elements. Moves n elements in and n out.

#include "common.cl"

__kernel void copy(const long n, const long n_per_group, __global const REAL *x, __global REAL *y) {
  long first = (long)get_group_id(0) * n_per_group;
  long last = min(first + n_per_group, n);
  for (long i = first + (long)get_local_id(0) * VW; i < last; i += STEP) {
    store_to(load_to(x, i, last, 0), y, i, last);
  }
}
