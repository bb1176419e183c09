// Types, memory access and reductions shared by every kernel of Panorm.
//
// A "group" is one work-group of LS work-items that owns one unit of work (a row, a plane, a chunk of rows).
// CPU devices run LS = 1 with the native vector width; GPUs run LS = 32 to 1024 with a width of 1 to 4. The
// loops are the same: item `lid` takes vectors lid, lid + LS, lid + 2 LS, ... of its run, so neighbouring items
// read neighbouring vectors, and with LS = 1 the run is read from front to back.
//
// Defines (every one has a default, so that each file builds alone):
//   DTYPE 32 or 64   type of the data                    VW 1, 2, 4, 8, 16   elements per vector
//   LS               work-items per group                NT 0 or 1    stores bypass the cache
//   ALN 0 or 1       runs are whole vectors and every array of the data starts at a multiple of a vector
//   ACT 0 none, 1 ReLU, 2 GELU (erf), 3 GELU (tanh), 4 SiLU, 5 sigmoid, 6 tanh
//   RES 0 none, 1 residual added before the norm, 2 residual added after it
//
// Numbers. Sums are taken in the type of the data over at most SHORT vectors per lane and then added up in
// double; the lanes of a vector and the items of a group are added in a tree whose shape depends on VW and LS
// only. So the order of additions depends on the shape and on the launch profile, never on timing.

#ifndef DTYPE
#define DTYPE 32
#endif
#ifndef VW
#define VW 8
#endif
#ifndef LS
#define LS 1
#endif
#ifndef NT
#define NT 0
#endif
#ifndef ALN
#define ALN 0
#endif
#ifndef ACT
#define ACT 0
#endif
#ifndef RES
#define RES 0
#endif

#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#pragma OPENCL FP_CONTRACT OFF

// A call per vector would cost more than the vector.
#ifdef __clang__
#define INLINE inline __attribute__((always_inline))
#else
#define INLINE inline
#endif

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

#if DTYPE == 64
#define REAL double
#define LIT(x) x
#else
#define REAL float
#define LIT(x) x##f
#endif

#if VW == 1
#define VEC REAL
#define WIDE double
#define AS_WIDE(v) ((double)(v))
#define AS_VEC(v) ((REAL)(v))
#else
#define VEC JOIN(REAL, VW)
#define WIDE JOIN(double, VW)
#define AS_WIDE(v) JOIN(convert_double, VW)(v)
#define AS_VEC(v) JOIN(JOIN(convert_, REAL), VW)(v)
#endif

// Vectors that one group takes in one step, in elements.
#define STEP (LS * VW)
// Independent accumulators per item: enough to hide the latency of an addition.
#define UNROLL 4
// Additions in the type of the data before a sum is carried over to double.
#define SHORT 16

// An array from an element on; arrays that a call has no use for are null and stay null.
#define OFFSET(array, at) ((array) ? (array) + (at) : (array))

// Whether vector i of a run of n elements is a whole one.
#if ALN
#define WHOLE(i, n) 1
#else
#define WHOLE(i, n) ((i) + VW <= (n))
#endif

INLINE VEC load(__global const REAL *p) {
#if VW == 1
  return *p;
#elif ALN
  return *(__global const VEC *)p;
#else
  return JOIN(vload, VW)(0, p);
#endif
}

INLINE void keep(VEC v, __global REAL *p) {
#if VW == 1
  *p = v;
#elif ALN
  *(__global VEC *)p = v;
#else
  JOIN(vstore, VW)(v, 0, p);
#endif
}

// Stores a vector that this kernel will not read again. Only
// aligned vectors can bypass the cache in one piece.
INLINE void store(VEC v, __global REAL *p) {
#if NT && ALN && defined(__clang__)
  __builtin_nontemporal_store(v, (__global VEC *)p);
#elif NT && defined(__clang__)
  if (((size_t)p & (sizeof(VEC) - 1)) == 0) {
    __builtin_nontemporal_store(v, (__global VEC *)p);
  } else {
    keep(v, p);
  }
#else
  keep(v, p);
#endif
}

// The cache that lines are asked into: the second level's, but the first's where a vector is a whole line (bench/NOTES.md).
#if VW * DTYPE >= 512
#define LOCALITY 3
#else
#define LOCALITY 2
#endif

// How far ahead sums ask, in elements: 8 kB.
#define AHEAD (8192 / (int)sizeof(REAL))

// Asks for the cache line at p before it is needed; the address need not be valid. A CPU that computes on one
// row from its cache would otherwise leave the memory idle meanwhile. GPUs hide latency with more groups.
INLINE void fetch_ahead(__global const REAL *p) {
#if LS == 1 && defined(__clang__)
  __builtin_prefetch((const void *)(size_t)p, 0, LOCALITY);
#endif
}

// As fetch_ahead, for all lines of two vectors.
INLINE void fetch_two_ahead(__global const REAL *p) {
  fetch_ahead(p);
#if VW * DTYPE >= 512
  fetch_ahead(p + VW);
#endif
}

// The first `count` < VW elements at p, the rest filled up.
INLINE VEC load_part(__global const REAL *p, int count, REAL fill) {
  REAL t[VW];
  for (int i = 0; i < VW; i++) {
    t[i] = i < count ? p[i] : fill;
  }
#if VW == 1
  return t[0];
#else
  return JOIN(vload, VW)(0, t);
#endif
}

INLINE void store_part(VEC v, __global REAL *p, int count) {
  REAL t[VW];
#if VW == 1
  t[0] = v;
#else
  JOIN(vstore, VW)(v, 0, t);
#endif
  for (int i = 0; i < count; i++) {
    p[i] = t[i];
  }
}

// Vector i of an array of n elements, the missing elements of the last one filled up.
INLINE VEC load_to(__global const REAL *p, long i, long n, REAL fill) {
  return WHOLE(i, n) ? load(p + i) : load_part(p + i, (int)(n - i), fill);
}

INLINE void store_to(VEC v, __global REAL *p, long i, long n) {
  if (WHOLE(i, n)) {
    store(v, p + i);
  } else {
    store_part(v, p + i, (int)(n - i));
  }
}

INLINE void keep_to(VEC v, __global REAL *p, long i, long n) {
  if (WHOLE(i, n)) {
    keep(v, p + i);
  } else {
    store_part(v, p + i, (int)(n - i));
  }
}

// Sum of the lanes of a vector, as a tree.
INLINE double lane_sum(WIDE v) {
#if VW == 16
  double8 v8 = v.lo + v.hi;
  double4 v4 = v8.lo + v8.hi;
  double2 v2 = v4.lo + v4.hi;
  return v2.x + v2.y;
#elif VW == 8
  double4 v4 = v.lo + v.hi;
  double2 v2 = v4.lo + v4.hi;
  return v2.x + v2.y;
#elif VW == 4
  double2 v2 = v.lo + v.hi;
  return v2.x + v2.y;
#elif VW == 2
  return v.x + v.y;
#else
  return v;
#endif
}

// What the items of a group have written is there for all of them afterwards.
INLINE void group_fence(void) {
#if LS > 1
  barrier(CLK_GLOBAL_MEM_FENCE);
#endif
}

// Sum over the items of a group, known to every item afterwards. Every item of the group must call it.
INLINE double group_sum(double v, __local double *shared_sums) {
#if LS == 1
  return v;
#else
  int lid = (int)get_local_id(0);
  shared_sums[lid] = v;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int half_size = LS / 2; half_size > 0; half_size /= 2) {
    if (lid < half_size) {
      shared_sums[lid] += shared_sums[lid + half_size];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  double sum = shared_sums[0];
  barrier(CLK_LOCAL_MEM_FENCE);
  return sum;
#endif
}
