// Norms over planes, backward; planes.cl is the way forward.
//
//   planes_backward           sums, then dx; x and dy come from memory once where a unit fits the cache
//   planes_backward_sums, planes_backward_units, planes_backward_apply     the same in three launches
//   planes_parameters         dweight, dbias from the sums of the planes, in the order of the samples
//
// Launch: one group per `per_group` units (backward) or per `per_group` planes or one piece of a plane (sums, apply); one
// item per unit (units) or channel (parameters). Bytes: 3 times the tensor; in three launches 5.

#include "geometry.cl"

// What normalizes the elements of a plane, xh = (x - high) rstd + centre, and what follows.
typedef struct {
  REAL high;
  REAL centre;
  REAL rstd;
  REAL weight;
  REAL bias;
} Affine;

INLINE Affine affine_of(long unit, long channel, __global const REAL *mean, __global const REAL *mean_low,
                        __global const REAL *rstd, __global const REAL *weight, __global const REAL *bias) {
  Affine a;
  a.high = entry(mean, unit, 0);
  a.rstd = rstd[unit];
  a.centre = -entry(mean_low, unit, 0) * a.rstd;
  a.weight = entry(weight, channel, 1);
  a.bias = entry(bias, channel, 0);
  return a;
}

INLINE VEC normalized_at(long i, long n, __global const REAL *x, Affine a) {
  return fma(load_to(x, i, n, a.high) - a.high, (VEC)(a.rstd), (VEC)(a.centre));
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

// sum(dz) and sum(dz xh) over a plane or a piece of one; asks for what lies `next` elements further meanwhile.
INLINE double2 plane_sums(long n, __global const REAL *x, __global const REAL *dy,
                          __global const REAL *residual, Affine a, long next, __local double *shared_sums) {
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
        if (u * VW * sizeof(REAL) % 64 == 0) {
          fetch_ahead(x + next + i + u * STEP);
          fetch_ahead(dy + next + i + u * STEP);
        }
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
  return group_sums(total, product, shared_sums);
}

INLINE void plane_backward_at(long i, long n, __global const REAL *x, __global const REAL *dy,
                              __global const REAL *residual, __global const REAL *dsum, __global REAL *dx,
                              __global REAL *dresidual, Affine a, REAL scale, REAL shift, REAL slope) {
  VEC normalized = normalized_at(i, n, x, a);
  VEC dz = gradient_at(i, n, normalized, dy, residual, a);
  VEC d = fma(normalized, (VEC)(slope), fma(dz, (VEC)(scale), (VEC)(shift)));
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

// One plane or a piece of one; `means` are mean(g) and k mean(g xh) of its unit.
INLINE void plane_backward(long n, __global const REAL *x, __global const REAL *dy,
                           __global const REAL *residual, __global const REAL *dsum, __global REAL *dx,
                           __global REAL *dresidual, Affine a, double2 means) {
  REAL scale = a.rstd * a.weight;
  REAL shift = (REAL)(-a.rstd * means.x);
  REAL slope = (REAL)(-a.rstd * means.y);
  long i = get_local_id(0) * VW;
  for (; i + VW <= n; i += STEP) {
    plane_backward_at(i, n, x, dy, residual, dsum, dx, dresidual, a, scale, shift, slope);
  }
  if (i < n) {
    plane_backward_at(i, n, x, dy, residual, dsum, dx, dresidual, a, scale, shift, slope);
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
      // The processor itself asks for what follows in one run.
      long next = slab ? 0 : k + 1 < count ? inner : g.plane_step - (count - 1) * inner;
      double2 s = plane_sums(inner, x + at, dy + at, OFFSET(residual, at), a, next, shared_sums);
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
      touch_pages(dx - g.plane_step + at, inner);
      plane_backward(inner, x + at, dy + at, OFFSET(residual, at), OFFSET(dsum, at), OFFSET(dx, at), OFFSET(dresidual, at), a,
                     weighted[k]);
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
    double2 s = plane_sums(length, x + at, dy + at, OFFSET(residual, at), a, length, shared_sums);
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
                   means[unit]);
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
