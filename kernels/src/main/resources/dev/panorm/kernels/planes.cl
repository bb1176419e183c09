// Norms over planes of `inner` contiguous elements with one weight per plane, x is [outer, channels, inner]:
// GroupNorm and InstanceNorm (slab: a unit is `channels / groups` neighbouring planes of one sample) and
// BatchNorm (a unit is the same plane of every sample).
//
//   planes_forward            statistics, then y; a unit comes from memory once where it fits the cache
//   planes_statistics, planes_merge, planes_apply      the same in three launches, for large or few units
//   planes_backward           sums, then dx; x and dy come from memory once where a unit fits the cache
//   planes_backward_sums, planes_backward_units, planes_backward_apply     the same in three launches
//   planes_parameters         dweight, dbias from the sums of the planes, in the order of the samples
//
// Launch: one group per `per_group` units (forward, backward), per part (statistics) or per `per_group` planes
// or one piece of a plane (apply, sums); one item per unit (merge, units) or channel (parameters).
// Bytes: forward 2, backward 3 times the tensor; in three launches 3 and 5. Derivation: docs/planes.md.

#include "epilogue.cl"
#include "moments.cl"
#include "running.cl"

// Units that one group sweeps side by side, so that planes of less than a page are still read in long runs.
#if LS == 1
#define UNITS 32
#else
#define UNITS 1
#endif

typedef struct {
  long channels;
  long inner;
  long planes;      // planes of one unit
  long plane_step;  // elements from one plane of a unit to the next
  long unit_step;   // elements from one unit to the next
  int slab;
} Geometry;

INLINE Geometry geometry(long outer, long channels, long groups, long inner, int slab) {
  Geometry g;
  g.channels = channels;
  g.inner = inner;
  g.planes = slab ? channels / groups : outer;
  g.plane_step = slab ? inner : channels * inner;
  g.unit_step = slab ? g.planes * inner : inner;
  g.slab = slab;
  return g;
}

INLINE long channel_of(Geometry g, long unit, long plane) {
  return g.slab ? (unit * g.planes + plane) % g.channels : unit;
}

INLINE long unit_of(Geometry g, long index) { return g.slab ? index / g.planes : index % g.channels; }

// --------------------------------------------------------------------------------------------- forward

INLINE void plane_forward_at(long i, long n, __global const REAL *x, __global const REAL *residual,
                             __global REAL *y, __global REAL *sum, REAL high, REAL low, REAL scale,
                             REAL offset) {
  VEC v = input(x, residual, i, n, 0);
#if RES == 1
  if (sum) {
    store_to(v, sum, i, n);
  }
#endif
  VEC z = fma((v - high) - low, (VEC)(scale), (VEC)(offset));
  store_to(epilogue(z, residual, i, n), y, i, n);
}

INLINE void plane_forward(long n, __global const REAL *x, __global const REAL *residual, __global REAL *y,
                          __global REAL *sum, REAL high, REAL low, REAL scale, REAL offset) {
  long i = get_local_id(0) * VW;
  for (; i + VW <= n; i += STEP) {
    plane_forward_at(i, n, x, residual, y, sum, high, low, scale, offset);
  }
  if (i < n) {
    plane_forward_at(i, n, x, residual, y, sum, high, low, scale, offset);
  }
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
  for (int k = 0; k < count; k++) {
    all[k] = no_moments();
  }
  for (long run = 0; run < runs; run++) {
    for (int k = 0; k < count; k++) {
      long at = (first + k) * g.unit_step + run * g.plane_step;
      long next = at + (slab || k + 1 < count ? run_length : g.plane_step - (count - 1) * inner);
      all[k] = add_run(all[k], x + at, OFFSET(residual, at), run_length, center, x + next, shared_sums);
    }
  }
  if (get_local_id(0) == 0) {
    for (int k = 0; k < count; k++) {
      save_statistics(all[k], eps, eps_mode, mean, mean_low, rstd, first + k);
      update_running(all[k], running_mean, running_var, first + k, momentum, unbiased, eps, eps_mode);
    }
  }
  // Backwards, since the last planes are the likeliest to be in the cache still.
  for (long plane = g.planes - 1; plane >= 0; plane--) {
    for (int k = 0; k < count; k++) {
      long channel = channel_of(g, first + k, plane);
      long at = (first + k) * g.unit_step + plane * g.plane_step;
      REAL high = (REAL)all[k].mean;
      REAL low = (REAL)(all[k].mean - high);
      double r = reciprocal_deviation(all[k].m2 / all[k].count, eps, eps_mode);
      plane_forward(inner, x + at, OFFSET(residual, at), y + at, OFFSET(sum, at), high, low,
                    (REAL)(r * entry(weight, channel, 1)), entry(bias, channel, 0));
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
  Moments all = no_moments();
  for (long plane = first; plane < last; plane++) {
    long at = unit * g.unit_step + plane * g.plane_step + begin;
    all = add_run(all, x + at, OFFSET(residual, at), length, center, x + at + g.plane_step, shared_sums);
  }
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
    REAL scale = (REAL)((double)rstd[unit] * entry(weight, channel, 1));
    plane_forward(length, x + at, OFFSET(residual, at), y + at, OFFSET(sum, at),
                  entry(mean, unit, 0), entry(mean_low, unit, 0), scale,
                  entry(bias, channel, 0));
  }
}

// -------------------------------------------------------------------------------------------- backward

typedef struct {
  REAL high;
  REAL low;
  REAL rstd;
  REAL weight;
  REAL bias;
} Affine;

INLINE Affine affine_of(long unit, long channel, __global const REAL *mean, __global const REAL *mean_low,
                        __global const REAL *rstd, __global const REAL *weight, __global const REAL *bias) {
  Affine a;
  a.high = entry(mean, unit, 0);
  a.low = entry(mean_low, unit, 0);
  a.rstd = rstd[unit];
  a.weight = entry(weight, channel, 1);
  a.bias = entry(bias, channel, 0);
  return a;
}

INLINE VEC normalized_at(long i, long n, __global const REAL *x, Affine a) {
  return ((load_to(x, i, n, a.high) - a.high) - a.low) * a.rstd;
}

// Gradient with respect to the output of the affine map.
INLINE VEC gradient_at(long i, long n, VEC normalized, __global const REAL *dy, __global const REAL *residual,
                       Affine a) {
#if ACT == 0
  return load_to(dy, i, n, 0);
#else
  VEC z = fma(normalized, (VEC)(a.weight), (VEC)(a.bias));
  return epilogue_backward(z, load_to(dy, i, n, 0), residual, i, n);
#endif
}

// sum(dz) and sum(dz xh) over a plane or a piece of one.
INLINE double2 plane_sums(long n, __global const REAL *x, __global const REAL *dy,
                          __global const REAL *residual, Affine a, __local double *shared_sums) {
  WIDE total = 0;
  WIDE product = 0;
  long i = get_local_id(0) * VW;
  while (i + (UNROLL - 1) * STEP + VW <= n) {
    VEC sum[UNROLL];
    VEC sum_product[UNROLL];
#pragma unroll
    for (int u = 0; u < UNROLL; u++) {
      sum[u] = 0;
      sum_product[u] = 0;
    }
    for (int k = 0; k < SHORT && i + (UNROLL - 1) * STEP + VW <= n; k++, i += UNROLL * STEP) {
#pragma unroll
      for (int u = 0; u < UNROLL; u++) {
        VEC normalized = normalized_at(i + u * STEP, n, x, a);
        VEC dz = gradient_at(i + u * STEP, n, normalized, dy, residual, a);
        sum[u] += dz;
        sum_product[u] = fma(dz, normalized, sum_product[u]);
      }
    }
    total += AS_WIDE((sum[0] + sum[1]) + (sum[2] + sum[3]));
    product += AS_WIDE((sum_product[0] + sum_product[1]) + (sum_product[2] + sum_product[3]));
  }
  for (; i < n; i += STEP) {
    VEC normalized = normalized_at(i, n, x, a);
    VEC dz = gradient_at(i, n, normalized, dy, residual, a);
    total += AS_WIDE(dz);
    product += AS_WIDE(dz * normalized);
  }
  return (double2)(group_sum(lane_sum(total), shared_sums), group_sum(lane_sum(product), shared_sums));
}

INLINE void plane_backward_at(long i, long n, __global const REAL *x, __global const REAL *dy,
                              __global const REAL *residual, __global const REAL *dsum, __global REAL *dx,
                              __global REAL *dresidual, Affine a, REAL shift, REAL slope) {
  VEC normalized = normalized_at(i, n, x, a);
  VEC dz = gradient_at(i, n, normalized, dy, residual, a);
  VEC d = a.rstd * fma(-normalized, (VEC)(slope), fma(dz, (VEC)(a.weight), (VEC)(-shift)));
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

INLINE void plane_backward(long n, __global const REAL *x, __global const REAL *dy,
                           __global const REAL *residual, __global const REAL *dsum, __global REAL *dx,
                           __global REAL *dresidual, Affine a, REAL shift, REAL slope) {
  long i = get_local_id(0) * VW;
  for (; i + VW <= n; i += STEP) {
    plane_backward_at(i, n, x, dy, residual, dsum, dx, dresidual, a, shift, slope);
  }
  if (i < n) {
    plane_backward_at(i, n, x, dy, residual, dsum, dx, dresidual, a, shift, slope);
  }
}

// mean(g) and k mean(g xh) of a unit from the weighted sums of its planes; both 0 where the statistics are given.
INLINE double2 unit_means(double2 weighted, double count, REAL rstd, double eps, int eps_mode, int center,
                          int frozen) {
  if (frozen) {
    return (double2)(0, 0);
  }
  double shift = center ? weighted.x / count : 0;
  return (double2)(shift, weighted.y / count * projection(rstd, eps, eps_mode));
}

__kernel void planes_backward(const long outer, const long channels, const long groups, const long inner,
                              const int slab, const long units, const long per_group,
                              __global const REAL *x, __global const REAL *dy,
                              __global const REAL *residual, __global const REAL *weight,
                              __global const REAL *bias, __global const REAL *mean,
                              __global const REAL *mean_low, __global const REAL *rstd,
                              __global const REAL *dsum, __global REAL *dx, __global REAL *dresidual,
                              __global double2 *sums, const double eps, const int eps_mode,
                              const int center, const int frozen) {
  __local double shared_sums[LS];
  Geometry g = geometry(outer, channels, groups, inner, slab);
  long first = (long)get_group_id(0) * per_group;
  int count = (int)(min(first + per_group, units) - first);
  double2 weighted[UNITS];
  for (int k = 0; k < count; k++) {
    weighted[k] = (double2)(0, 0);
  }
  for (long plane = 0; plane < g.planes; plane++) {
    for (int k = 0; k < count; k++) {
      long at = (first + k) * g.unit_step + plane * g.plane_step;
      Affine a = affine_of(first + k, channel_of(g, first + k, plane), mean, mean_low, rstd, weight, bias);
      double2 s = plane_sums(inner, x + at, dy + at, OFFSET(residual, at), a, shared_sums);
      weighted[k] += s * (double)a.weight;
      if (get_local_id(0) == 0) {
        sums[at / inner] = s;
      }
    }
  }
  for (int k = 0; k < count; k++) {
    weighted[k] = unit_means(weighted[k], (double)(g.planes * inner), rstd[first + k], eps, eps_mode, center,
                             frozen);
  }
  for (long plane = g.planes - 1; plane >= 0; plane--) {
    for (int k = 0; k < count; k++) {
      long at = (first + k) * g.unit_step + plane * g.plane_step;
      Affine a = affine_of(first + k, channel_of(g, first + k, plane), mean, mean_low, rstd, weight, bias);
      plane_backward(inner, x + at, dy + at, OFFSET(residual, at), OFFSET(dsum, at), OFFSET(dx, at), OFFSET(dresidual, at), a,
                     (REAL)weighted[k].x, (REAL)weighted[k].y);
    }
  }
}

__kernel void planes_backward_sums(const long outer, const long channels, const long groups,
                                   const long inner, const int slab, const long per_group,
                                   const long pieces, const long piece_length, __global const REAL *x,
                                   __global const REAL *dy, __global const REAL *residual,
                                   __global const REAL *weight, __global const REAL *bias,
                                   __global const REAL *mean, __global const REAL *mean_low,
                                   __global const REAL *rstd, __global double2 *sums) {
  __local double shared_sums[LS];
  Geometry g = geometry(outer, channels, groups, inner, slab);
  long first = (long)get_group_id(0) / pieces * per_group;
  long last = min(first + per_group, outer * channels);
  long piece = (long)get_group_id(0) % pieces;
  long length = min(piece_length, inner - piece * piece_length);
  for (long index = first; index < last; index++) {
    long at = index * inner + piece * piece_length;
    Affine a = affine_of(unit_of(g, index), index % channels, mean, mean_low, rstd, weight, bias);
    double2 s = plane_sums(length, x + at, dy + at, OFFSET(residual, at), a, shared_sums);
    if (get_local_id(0) == 0) {
      sums[index * pieces + piece] = s;
    }
  }
}

// Sum of the pieces of a plane, in order.
INLINE double2 whole_plane(__global const double2 *sums, long index, long pieces) {
  double2 all = (double2)(0, 0);
  for (long piece = 0; piece < pieces; piece++) {
    all += sums[index * pieces + piece];
  }
  return all;
}

__kernel void planes_backward_units(const long outer, const long channels, const long groups,
                                    const long inner, const int slab, const long units, const long pieces,
                                    __global const double2 *sums, __global const REAL *weight,
                                    __global const REAL *rstd, __global double2 *means, const double eps,
                                    const int eps_mode, const int center, const int frozen) {
  long unit = get_global_id(0);
  if (unit >= units) {
    return;
  }
  Geometry g = geometry(outer, channels, groups, inner, slab);
  double2 weighted = (double2)(0, 0);
  for (long plane = 0; plane < g.planes; plane++) {
    long index = (unit * g.unit_step + plane * g.plane_step) / inner;
    weighted += whole_plane(sums, index, pieces) * (double)entry(weight, index % channels, 1);
  }
  means[unit] =
      unit_means(weighted, (double)(g.planes * inner), rstd[unit], eps, eps_mode, center, frozen);
}

__kernel void planes_backward_apply(const long outer, const long channels, const long groups,
                                    const long inner, const int slab, const long per_group,
                                    const long pieces, const long piece_length, __global const REAL *x,
                                    __global const REAL *dy, __global const REAL *residual,
                                    __global const REAL *weight, __global const REAL *bias,
                                    __global const REAL *mean, __global const REAL *mean_low,
                                    __global const REAL *rstd, __global const REAL *dsum,
                                    __global REAL *dx, __global REAL *dresidual,
                                    __global const double2 *means) {
  Geometry g = geometry(outer, channels, groups, inner, slab);
  long first = (long)get_group_id(0) / pieces * per_group;
  long last = min(first + per_group, outer * channels);
  long begin = (long)get_group_id(0) % pieces * piece_length;
  long length = min(piece_length, inner - begin);
  for (long index = first; index < last; index++) {
    long unit = unit_of(g, index);
    long at = index * inner + begin;
    Affine a = affine_of(unit, index % channels, mean, mean_low, rstd, weight, bias);
    plane_backward(length, x + at, dy + at, OFFSET(residual, at), OFFSET(dsum, at), OFFSET(dx, at), OFFSET(dresidual, at), a,
                   (REAL)means[unit].x, (REAL)means[unit].y);
  }
}

__kernel void planes_parameters(const long outer, const long channels, const long pieces,
                                __global const double2 *sums, __global REAL *dweight,
                                __global REAL *dbias) {
  long channel = get_global_id(0);
  if (channel >= channels) {
    return;
  }
  double2 all = (double2)(0, 0);
  for (long o = 0; o < outer; o++) {
    all += whole_plane(sums, o * channels + channel, pieces);
  }
  if (dweight) {
    dweight[channel] = (REAL)all.y;
  }
  if (dbias) {
    dbias[channel] = (REAL)all.x;
  }
}
