// Products of matrices that are stored by rows: C = alpha op(A) op(B) + beta C.
//
//   gemm          one tile of one C, or of one part of the sum that makes it
//   gemm_finish   the parts of a C, in order, where the depth was cut
//
// op(A) is m x k, op(B) k x n; TA, TB tell that A is stored as k x m, B as n x k. Matrix b of a batch starts stride_*
// elements behind matrix b - 1. Where beta is 0, C is not read.
//
// A group of SIDE x SIDE items owns a tile of TILE_M x TILE_N elements. It brings DEPTH columns of op(A) and DEPTH rows
// of op(B) to local memory and multiplies them there, while its items fetch the next ones into registers. An item owns
// ROWS rows by NV vectors in registers; its vectors lie SIDE vectors apart, so neighbouring items read neighbouring
// words. The classic scheme of Volkov and Demmel, "Benchmarking GPUs to tune dense linear algebra" (2008).
//
// Launch: batch * chunks * tiles groups of LS = SIDE * SIDE items, `tiles` being the tiles of one C by rows, `chunks`
// the parts of `depth` that k is cut into, where tiles alone would leave the device idle; one item per element of C
// (finish). Bytes: op(A) once per TILE_N columns of C, op(B) once per TILE_M rows, C once or, with beta, twice; each
// part once written and once read.
//
// Numbers. An element is the sum over its depth from front to back, with one rounding per product (fma), in the type of
// the data; parts are added in order, in double. Tiles and parts follow from the shape alone, so the bits are the same
// on every run. What lies outside of a matrix counts as zero on both sides and so adds nothing, not even a NaN.
//
// Further defines: TA, TB 0 or 1; ROWS, NV as above. ALN and NT change nothing.

#include "common.cl"

#ifndef TA
#define TA 0
#endif
#ifndef TB
#define TB 0
#endif
#ifndef ROWS
#define ROWS 4
#endif
#ifndef NV
#define NV 1
#endif

#if LS >= 256
#define SIDE 16
#elif LS >= 64
#define SIDE 8
#elif LS >= 16
#define SIDE 4
#else
#define SIDE 1
#endif

#define ITEMS (SIDE * SIDE)
#define TILE_M (SIDE * ROWS)
#define TILE_N (SIDE * NV * VW)
#define DEPTH 16

// Local memory from one depth to the next: a little more than the tile, so that items that store along the depth meet
// different banks, and whole vectors.
#define PITCH_M (TILE_M + 4)
#define PITCH_N (TILE_N + VW)

// Elements that an item brings of a panel `width` wide.
#define SHARE(width) ((width) * DEPTH / ITEMS)

// Where element `e` of a panel lies. `deep` panels are stored along the depth, so neighbouring items read along it.
#define ACROSS(e, deep, width) ((deep) ? (e) / DEPTH : (e) % (width))
#define ALONG(e, deep, width) ((deep) ? (e) % DEPTH : (e) / (width))

// Reads this item's share of the panel that begins at (from, p): `width` lines of the matrix, DEPTH deep.
INLINE void fetch(REAL *share, __global const REAL *x, long pitch, int deep, int width, long from, long lines, long p,
                  long end) {
  int lid = (int)get_local_id(0);
#pragma unroll
  for (int s = 0; s < SHARE(width); s++) {
    int e = lid + s * ITEMS;
    long line = from + ACROSS(e, deep, width);
    long at = p + ALONG(e, deep, width);
    share[s] = line < lines && at < end ? x[deep ? line * pitch + at : at * pitch + line] : 0;
  }
}

// Puts it where the whole group finds it.
INLINE void place(const REAL *share, __local REAL *panel, int pitch, int deep, int width) {
  int lid = (int)get_local_id(0);
#pragma unroll
  for (int s = 0; s < SHARE(width); s++) {
    int e = lid + s * ITEMS;
    panel[ALONG(e, deep, width) * pitch + ACROSS(e, deep, width)] = share[s];
  }
}

// Vector v of this item in a row of a tile, in elements.
INLINE int column_of(int v) { return (v * SIDE + (int)get_local_id(0) % SIDE) * VW; }

// Row r of this item in a tile.
INLINE int row_of(int r) { return (int)get_local_id(0) / SIDE * ROWS + r; }

INLINE void multiply(VEC sum[ROWS][NV], __local const REAL *panel_a, __local const REAL *panel_b) {
#pragma unroll
  for (int p = 0; p < DEPTH; p++) {
    VEC b[NV];
#pragma unroll
    for (int v = 0; v < NV; v++) {
      b[v] = *(__local const VEC *)(panel_b + p * PITCH_N + column_of(v));
    }
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
      VEC a = (VEC)(panel_a[p * PITCH_M + row_of(r)]);
#pragma unroll
      for (int v = 0; v < NV; v++) {
        sum[r][v] = fma(a, b[v], sum[r][v]);
      }
    }
  }
}

// A compiler that knows the size of the group gives an item the registers that are there for it.
__kernel __attribute__((reqd_work_group_size(LS, 1, 1)))
void gemm(const long m, const long n, const long k, const long offset_a, const long lda, const long stride_a,
          const long offset_b, const long ldb, const long stride_b, const long offset_c, const long ldc,
          const long stride_c, const long chunks, const long depth, const double alpha, const double beta,
          __global const REAL *a, __global const REAL *b, __global REAL *c, __global REAL *parts) {
  __local REAL panel_a[DEPTH * PITCH_M];
  __local VEC vectors_b[DEPTH * PITCH_N / VW];
  __local REAL *panel_b = (__local REAL *)vectors_b;
  REAL share_a[SHARE(TILE_M)];
  REAL share_b[SHARE(TILE_N)];
  VEC sum[ROWS][NV];

  long across = (n + TILE_N - 1) / TILE_N;
  long tiles = (m + TILE_M - 1) / TILE_M * across;
  long part = (long)get_group_id(0) / tiles;
  long tile = (long)get_group_id(0) % tiles;
  long matrix = part / chunks;
  long row = tile / across * TILE_M;
  long column = tile % across * TILE_N;
  long first = part % chunks * depth;
  long last = min(first + depth, k);
  a += offset_a + matrix * stride_a;
  b += offset_b + matrix * stride_b;

  for (int r = 0; r < ROWS; r++) {
    for (int v = 0; v < NV; v++) {
      sum[r][v] = 0;
    }
  }
  fetch(share_a, a, lda, !TA, TILE_M, row, m, first, last);
  fetch(share_b, b, ldb, TB, TILE_N, column, n, first, last);
  for (long p = first; p < last; p += DEPTH) {
    place(share_a, panel_a, PITCH_M, !TA, TILE_M);
    place(share_b, panel_b, PITCH_N, TB, TILE_N);
    barrier(CLK_LOCAL_MEM_FENCE);
    if (p + DEPTH < last) {
      fetch(share_a, a, lda, !TA, TILE_M, row, m, p + DEPTH, last);
      fetch(share_b, b, ldb, TB, TILE_N, column, n, p + DEPTH, last);
    }
    multiply(sum, panel_a, panel_b);
    barrier(CLK_LOCAL_MEM_FENCE);
  }

  // Unrolled, since an index that is not known would drive the sums out of the registers. PoCL's
  // LLVM 15 ended the process when it was told to.
#ifdef cl_nv_pragma_unroll
#pragma unroll
#endif
  for (int r = 0; r < ROWS; r++) {
    long i = row + row_of(r);
#ifdef cl_nv_pragma_unroll
#pragma unroll
#endif
    for (int v = 0; v < NV; v++) {
      long j = column + column_of(v);
      if (i >= m || j >= n) {
        continue;
      }
      if (chunks > 1) {
        keep_to(sum[r][v], parts + (part * m + i) * n, j, n);
      } else {
        __global REAL *line = c + offset_c + matrix * stride_c + i * ldc;
        VEC product = (REAL)alpha * sum[r][v];
        keep_to(beta == 0 ? product : fma((VEC)((REAL)beta), load_to(line, j, n, 0), product), line, j, n);
      }
    }
  }
}

__kernel void gemm_finish(const long batch, const long m, const long n, const long chunks, const long offset_c,
                          const long ldc, const long stride_c, const double alpha, const double beta,
                          __global const REAL *parts, __global REAL *c) {
  long item = get_global_id(0);
  if (item >= batch * m * n) {
    return;
  }
  long matrix = item / (m * n);
  long element = item % (m * n);
  double sum = 0;
  for (long chunk = 0; chunk < chunks; chunk++) {
    sum += parts[(matrix * chunks + chunk) * m * n + element];
  }
  long at = offset_c + matrix * stride_c + element / n * ldc + element % n;
  c[at] = (REAL)(beta == 0 ? alpha * sum : fma(beta, (double)c[at], alpha * sum));
}
