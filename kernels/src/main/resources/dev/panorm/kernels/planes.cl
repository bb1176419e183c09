// Norms over planes of `inner` contiguous elements with one weight per plane, forward, x is [outer, channels, inner]:
// GroupNorm and InstanceNorm (slab: a unit is `channels / groups` neighbouring planes of one sample) and
// BatchNorm (a unit is the same plane of every sample).
//
//   planes_forward            statistics, then y; a unit comes from memory once where it fits the cache
//   planes_statistics, planes_merge, planes_apply      the same in three launches, for large or few units
//
// Launch: one group per `per_group` units (forward), per part (statistics) or per `per_group` planes or one piece of a
// plane (apply); one item per unit (merge). Bytes: 2 times the tensor; in three launches 3. Derivation: docs/planes.md.

#include "geometry.cl"

INLINE void plane_forward_at(long i, long n, __global const REAL *x, __global const REAL *residual,
                             __global REAL *y, __global REAL *sum, REAL high, REAL scale, REAL offset) {
  VEC v = input(x, residual, i, n, 0);
#if RES == 1
  if (sum) {
    store_to(v, sum, i, n);
  }
#endif
  VEC z = fma(v - high, (VEC)(scale), (VEC)(offset));
  store_to(epilogue(z, residual, i, n), y, i, n);
}

// One plane or a piece of one; r is 1 / deviation.
INLINE void plane_forward(long n, __global const REAL *x, __global const REAL *residual, __global REAL *y,
                          __global REAL *sum, REAL high, REAL low, double r, REAL weight, REAL bias) {
  double scale = r * weight;
  REAL offset = (REAL)(bias - low * scale);
  long i = get_local_id(0) * VW;
  for (; i + VW <= n; i += STEP) {
    plane_forward_at(i, n, x, residual, y, sum, high, (REAL)scale, offset);
  }
  if (i < n) {
    plane_forward_at(i, n, x, residual, y, sum, high, (REAL)scale, offset);
  }
}

// Moments of the runs of a unit block by block, where a shift from the first of them does not serve.
INLINE Moments wandering_moments(long at, long runs, long run_length, long step, __global const REAL *x,
                                 __global const REAL *residual, int center, __local double *shared_sums) {
  Moments all = no_moments();
  for (long run = 0; run < runs; run++, at += step) {
    all = add_run(all, x + at, OFFSET(residual, at), run_length, center, x + at + step, shared_sums);
  }
  return all;
}

// Elements whose mean the sums of a unit are taken from.
#define FIRST (BLOCK / 4)

INLINE REAL first_mean(__global const REAL *x, __global const REAL *residual, long n, int center,
                       __local double *shared_sums) {
  int count = (int)min((long)FIRST, n);
  return center ? (REAL)(block_sum(x, residual, count, shared_sums) / count) : 0;
}

__kernel void planes_forward(const long outer, const long channels, const long groups, const long inner,
                             const int slab, const long units, const long per_group,
                             __global const REAL *x, __global const REAL *residual,
                             __global const REAL *weight, __global const REAL *bias, __global REAL *y,
                             __global REAL *sum, __global REAL *mean, __global REAL *mean_low,
                             __global REAL *rstd, __global REAL *running_mean, __global REAL *running_var,
                             const double momentum, const int unbiased, const double eps,
                             const int eps_mode, const int center) {
  __local double shared_sums[LS];
  Geometry g = geometry(outer, channels, groups, inner, slab);
  long first = (long)get_group_id(0) * per_group;
  int count = (int)(min(first + per_group, units) - first);
  // The planes of a slab are one contiguous run.
  long runs = slab ? 1 : g.planes;
  long run_length = slab ? g.planes * inner : inner;
  Moments all[UNITS];
  REAL shift[UNITS];
  WIDE total[UNITS];
  WIDE squares[UNITS];
  for (int k = 0; k < count; k++) {
    long at = (first + k) * g.unit_step;
    shift[k] = first_mean(x + at, OFFSET(residual, at), run_length, center, shared_sums);
    total[k] = 0;
    squares[k] = 0;
  }
  for (long run = 0; run < runs; run++) {
    for (int k = 0; k < count; k++) {
      long at = (first + k) * g.unit_step + run * g.plane_step;
      // The processor itself asks for what follows in one run.
      long next = slab ? at : at + (k + 1 < count ? run_length : g.plane_step - (count - 1) * inner);
      add_squares(x + at, OFFSET(residual, at), run_length, shift[k], x + next, &total[k], &squares[k]);
    }
  }
  double elements = (double)(runs * run_length);
  for (int k = 0; k < count; k++) {
    double2 sums = group_sums(total[k], squares[k], shared_sums);
    all[k] = is_sound(elements, sums)
                 ? shifted_moments(elements, shift[k], sums, center)
                 : wandering_moments((first + k) * g.unit_step, runs, run_length, g.plane_step, x, residual, center,
                                     shared_sums);
  }
  if (get_local_id(0) == 0) {
    for (int k = 0; k < count; k++) {
      save_statistics(all[k], eps, eps_mode, mean, mean_low, rstd, first + k);
      update_running(all[k], running_mean, running_var, first + k, momentum, unbiased, eps, eps_mode);
    }
  }
  REAL high[UNITS];
  REAL low[UNITS];
  double r[UNITS];
  for (int k = 0; k < count; k++) {
    high[k] = (REAL)all[k].mean;
    low[k] = (REAL)(all[k].mean - high[k]);
    r[k] = reciprocal_deviation(all[k].m2 / all[k].count, eps, eps_mode);
  }
  // Backwards, since the last planes are the likeliest to be in the cache still.
  for (long plane = g.planes - 1; plane >= 0; plane--) {
    for (int k = 0; k < count; k++) {
      long channel = channel_of(g, first + k, plane);
      long at = (first + k) * g.unit_step + plane * g.plane_step;
      touch_pages(y + at - g.plane_step, inner);
      plane_forward(inner, x + at, OFFSET(residual, at), y + at, OFFSET(sum, at), high[k], low[k], r[k],
                    entry(weight, channel, 1), entry(bias, channel, 0));
    }
  }
}

// A part of a unit: `per_part` planes, or where a plane is cut into pieces, one piece of one plane.
__kernel void planes_statistics(const long outer, const long channels, const long groups, const long inner,
                                const int slab, const long parts, const long per_part, const long pieces,
                                const long piece_length, __global const REAL *x,
                                __global const REAL *residual, __global double *partial, const int center) {
  __local double shared_sums[LS];
  Geometry g = geometry(outer, channels, groups, inner, slab);
  long unit = (long)get_group_id(0) / parts;
  long part = (long)get_group_id(0) % parts;
  long first = part / pieces * per_part;
  long last = min(first + per_part, g.planes);
  long begin = part % pieces * piece_length;
  long length = min(piece_length, inner - begin);
  long start = unit * g.unit_step + first * g.plane_step + begin;
  REAL shift = first_mean(x + start, OFFSET(residual, start), length, center, shared_sums);
  WIDE total = 0;
  WIDE squares = 0;
  for (long plane = first; plane < last; plane++) {
    long at = unit * g.unit_step + plane * g.plane_step + begin;
    add_squares(x + at, OFFSET(residual, at), length, shift, x + at + g.plane_step, &total, &squares);
  }
  double elements = (double)((last - first) * length);
  double2 sums = group_sums(total, squares, shared_sums);
  Moments all = is_sound(elements, sums) ? shifted_moments(elements, shift, sums, center)
                                         : wandering_moments(start, last - first, length, g.plane_step, x, residual,
                                                             center, shared_sums);
  if (get_local_id(0) == 0) {
    __global double *p = partial + (long)get_group_id(0) * 3;
    p[0] = all.count;
    p[1] = all.mean;
    p[2] = all.m2;
  }
}

__kernel void planes_merge(const long units, const long parts, __global const double *partial,
                           __global REAL *mean, __global REAL *mean_low, __global REAL *rstd,
                           __global REAL *running_mean, __global REAL *running_var, const double momentum,
                           const int unbiased, const double eps, const int eps_mode) {
  long unit = get_global_id(0);
  if (unit >= units) {
    return;
  }
  Moments all = no_moments();
  for (long part = 0; part < parts; part++) {
    __global const double *p = partial + (unit * parts + part) * 3;
    Moments one;
    one.count = p[0];
    one.mean = p[1];
    one.m2 = p[2];
    all = part == 0 ? one : merge(all, one);
  }
  save_statistics(all, eps, eps_mode, mean, mean_low, rstd, unit);
  update_running(all, running_mean, running_var, unit, momentum, unbiased, eps, eps_mode);
}

__kernel void planes_apply(const long outer, const long channels, const long groups, const long inner,
                           const int slab, const long per_group, const long pieces, const long piece_length,
                           __global const REAL *x, __global const REAL *residual,
                           __global const REAL *weight, __global const REAL *bias, __global REAL *y,
                           __global REAL *sum, __global const REAL *mean, __global const REAL *mean_low,
                           __global const REAL *rstd) {
  Geometry g = geometry(outer, channels, groups, inner, slab);
  long first = (long)get_group_id(0) / pieces * per_group;
  long last = min(first + per_group, outer * channels);
  long begin = (long)get_group_id(0) % pieces * piece_length;
  long length = min(piece_length, inner - begin);
  for (long index = first; index < last; index++) {
    long unit = unit_of(g, index);
    long channel = index % channels;
    long at = index * inner + begin;
    plane_forward(length, x + at, OFFSET(residual, at), y + at, OFFSET(sum, at), entry(mean, unit, 0),
                  entry(mean_low, unit, 0), rstd[unit], entry(weight, channel, 1), entry(bias, channel, 0));
  }
}
