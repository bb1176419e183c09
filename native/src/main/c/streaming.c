/*
 * Norms in C. streaming.h: passes of norms whose results are larger than the caches, with non-temporal stores, which go
 * straight to memory, and sums with prefetching. A plain store reads the line that it is about to overwrite, a third of the
 * traffic of such a pass, and the JVM's Vector API has plain stores and no prefetching. columns.h: the same for columns,
 * of any size. rows.h and planes.h: norms of any size from their statistics to their result in one call. maps.h: functions
 * of each element, activations among them, whose vectors the JIT may put on the Java heap. product.h: matrix products. convolution.h: convolutions.
 *
 * Arguments were checked by the caller: n >= 0, arrays of n elements, no output that overlaps an input other than
 * element by element. panorm_fence makes what a thread has streamed visible before anything that it stores afterwards.
 *
 * Built by native/compile.sh with -ffp-contract=off, since the order of rounding is part of what is promised.
 */
#include <float.h>
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* How many of n elements stand before the first address that is a multiple of bytes. */
static inline int64_t until_aligned(const float *p, int64_t n, uintptr_t bytes) {
  const int64_t head = (int64_t)((-(uintptr_t)p & (bytes - 1)) / sizeof(float));
  return head < n ? head : n;
}

/* Independent sums, so that an addition need not wait for the one before. */
#define CHAINS 4

/* Asks for what comes 8 KiB later: the processor's own prefetching stops at the end of a page and is late for what rows of
   several KiB need. Addresses beyond the data do no harm. HINT names the cache, which is a matter of the processor. */
#define AHEAD(p) _mm_prefetch((const char *)(p) + 8192, HINT)
#define AFTER(p) _mm_prefetch((const char *)(p), HINT)

/* Keeps the compiler from asking for what stands from p on before its turn. */
#define IN_TURN(p) __asm__ volatile("" : "+r"(p))

/* What comes 8 KiB after element i, where from element left on everything stands skip elements further. */
#define LATER(i, left, skip) ((i) + 2048 < (left) ? (i) + 2048 : (i) + 2048 + (skip))

/* Whether the next rows of a strip are what comes next; where rows stand further apart, what stands behind the strip is. */
#define NEAR(stride) ((stride) <= 4096)

/* Whether rows do not stand a whole number of half pages apart. */
#define APART(stride) ((stride) % 512 != 0)

/* A band is what four rows have of some columns, whose sums stay in registers while they pass. */
#define ACROSS (LANES / 4)
#define BAND (ACROSS * LANES)
#define IS_BAND(n, stride) ((n) == BAND && (n) == (stride))

/* What to ask for while a band passes: in rows without gaps the lines in their order, else the same columns of later rows;
   how far ahead, from 8 KiB on; where that begins for column i, and how much further vector v of row k is. */
enum { IN_ORDER = 1, LATER_ROWS };
#define ROWS_AHEAD(asks, stride) (4 * (stride) > 2048 && ((asks) == IN_ORDER || NEAR(stride)) ? 4 * (stride) : 2048)
#define LATER_BAND(asks, i) ((asks) == IN_ORDER ? 4 * (i) : (i))
#define LATER_LINE(asks, k, v, across, stride) (((asks) == IN_ORDER ? (k) * (across) * LANES : (k) * (stride)) + (v) * LANES)

/* Elements of a line of the caches. */
#define LINE 16

/* Elements whose sums float32 can hold. */
#define CHUNK 2048

/* Rows whose columns' sums float32 holds. */
#define BLOCK 128

/* Elements of the shortest row that does not stay in the first-level cache beside its gradient, the weight and the sums of
   the columns; how many such rows are taken together at most, of how many elements, so that they stay in the second one's;
   and how many of their columns at once. */
#define WIDE 3072
#define MOST_TOGETHER 8
#define TOGETHER(n) ((n) > 16384 ? 1 : (n) < 4096 ? MOST_TOGETHER : 32768 / (n))
#define PANEL 1024

/* Below, squares of float32 differences lose bits to underflow, unless eps hides it. */
#define SMALLEST 0x1p-120
#define SAFE_EPS 1e-15

/* What may follow a norm, in the order of dev.panorm.Activation. */
enum { IDENTITY, RELU, GELU, GELU_TANH, SILU, SIGMOID, TANH };

/* Which operand of a function of each element is one number for all of them. */
enum { NEITHER, FIRST, SECOND };

/* For any width of vectors. */
#define INTS(v) ((NAME(ints))(v))
#define MAGNITUDE(x) ((V)(INTS(x) & INT32_MAX))
#define NEGATED(x) ((V)(INTS(x) ^ INT32_MIN))
#define WHERE(x, limit, a, b) CHOOSE(x, _CMP_LT_OQ, limit, a, b)
#define ROUNDER SET1(0x1.8p23f)
#define ONE_OVER_LN2 SET1((float)(1 / 0x1.62e42fefa39efp-1))
#define LN2_HIGH 0x1.63p-1f
#define LN2_LOW ((float)(0x1.62e42fefa39efp-1 - 0x1.63p-1))
#define SQRT_HALF SET1((float)0x1.6a09e667f3bcdp-1)
#define GELU_SCALE SET1((float)(2 * 0.7978845608028654))

/* A store past the caches or into them; which is known when the kernel is compiled. */
#define PUT(p, v, streams) ((streams) ? STREAM(p, v) : STORE(p, v))
#define INLINE TARGET static inline __attribute__((always_inline))

/* The sum of 8 elements that stand step apart, in two chains. */
static inline double spread(const float *x, int64_t step) {
  double even = 0, odd = 0;
  for (int i = 0; i < 8; i += 2) {
    even += x[i * step];
    odd += x[(i + 1) * step];
  }
  return even + odd;
}

/* The mean of a few elements from the beginnings of some runs. */
static inline double sample_mean(const float *x, int64_t runs, int64_t stride, int64_t n) {
  const int64_t step = (n < 128 ? n : 128) / 8, taken = runs < 8 ? runs : 8;
  double total = 0;
  for (int64_t i = 0; i < taken; i++) {
    const float *run = x + i * (runs / taken) * stride;
    total += n < 8 ? run[0] : spread(run, step) / 8;
  }
  return total / (double)taken;
}

/* Whether a variance from sums about a shift can stand: the mean is less than a deviation away from the shift, so that the
   difference lost one bit at most, and float32 could hold the squares. */
static inline int stands(double delta, double variance, double eps) {
  return delta * delta <= variance && variance <= FLT_MAX && (variance >= SMALLEST || eps >= SAFE_EPS);
}

/* What a row is normalized with, and what its gradient needs besides. */
struct row {
  float centre, rest, rstd, shift, offset, slope;
};

/* Row r as it was normalized, without means (RMSNorm) or what their rounding lost about 0. */
static inline struct row row_of(const float *mean, const float *low, const float *rstd, int64_t r) {
  const float rest = low ? low[r] : 0;
  return (struct row){.centre = mean ? mean[r] : 0, .rest = rest, .rstd = rstd[r], .shift = -rest * rstd[r]};
}

/* From the sums of g and of g * c of its n elements. */
static inline void settle_row(struct row *row, const double *sums, int64_t n, int centred) {
  const double g = sums[0] / (double)n, gc = sums[1] / (double)n - row->rest * g;
  const double factor = (double)row->rstd * row->rstd * gc;
  row->offset = (float)((centred ? g : 0) - factor * row->rest);
  row->slope = (float)factor;
}

/* What a mask chooses, in a register before it does: the compiler would make one load under the mask of it, which waits for
   the mask, and no processor asks ahead for what follows such a load. */
__attribute__((target("avx512f"), always_inline)) static inline __m512 in_register(__m512 v) {
  __asm__("" : "+v"(v));
  return v;
}

/* Of each width, as measured on processors that have no wider one: the cache that prefetches are for, the elements from
   which on a row gains by them, and whether the sums of planes backward do. */
#define LANES 8
#define HINT _MM_HINT_T1
#define LONG 1024
#define ASKS_BACK 1
#define V __m256
#define NAME(x) panorm_##x##_8
#define LOAD _mm256_loadu_ps
#define STORE _mm256_storeu_ps
#define SET1 _mm256_set1_ps
#define ADD _mm256_add_ps
#define SUB _mm256_sub_ps
#define MUL _mm256_mul_ps
#define FMA _mm256_fmadd_ps
#define STREAM _mm256_stream_ps
#define KEEP(z, g) _mm256_and_ps(_mm256_cmp_ps(z, _mm256_setzero_ps(), _CMP_NLE_UQ), g)
#define MAX _mm256_max_ps
#define MIN _mm256_min_ps
#define SQRT _mm256_sqrt_ps
#define CHOOSE(x, relation, y, a, b) _mm256_blendv_ps(b, a, _mm256_cmp_ps(x, y, relation))
#define TARGET __attribute__((target("avx2,fma")))
#include "functions.h"
#include "activations.h"
#include "maps.h"
#include "streaming.h"
#include "columns.h"
#include "columns_results.h"
#include "planes.h"
#include "rows.h"
#include "undef.h"

#define LANES 16
#define HINT _MM_HINT_T0
#define LONG 512
#define ASKS_BACK 0
#define V __m512
#define NAME(x) panorm_##x##_16
#define LOAD _mm512_loadu_ps
#define STORE _mm512_storeu_ps
#define SET1 _mm512_set1_ps
#define ADD _mm512_add_ps
#define SUB _mm512_sub_ps
#define MUL _mm512_mul_ps
#define FMA _mm512_fmadd_ps
#define STREAM _mm512_stream_ps
#define KEEP(z, g) _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(z, _mm512_setzero_ps(), _CMP_NLE_UQ), in_register(g))
#define MAX _mm512_max_ps
#define MIN _mm512_min_ps
#define SQRT _mm512_sqrt_ps
#define CHOOSE(x, relation, y, a, b) _mm512_mask_mov_ps(b, _mm512_cmp_ps_mask(x, y, relation), in_register(a))
#define TARGET __attribute__((target("avx512f,fma")))
#include "functions.h"
#include "activations.h"
#include "maps.h"
#include "streaming.h"
#include "columns.h"
#include "columns_results.h"
#include "planes.h"
#include "rows.h"
#include "undef.h"

#include "product.h"
#include "convolution.h"

/* The widest vectors that this processor has, 0 if it has none of the above. */
int panorm_lanes(void) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return 16;
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 8 : 0;
}

void panorm_fence(void) { _mm_sfence(); }
