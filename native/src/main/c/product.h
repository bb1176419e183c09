/*
 * Matrix products of float32 on 16 lanes: C := alpha · op(A) · op(B) + beta · C, row-major.
 *
 * Blocked after Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008. A tile of C, 8 rows of 3
 * vectors, stays in 24 of the 32 registers while 8 rows of A and 48 columns of B run past it: 24 multiplications and additions
 * for 8 + 3 loads. The columns of B are packed side by side and lie in the first-level cache while a block of A, which is read
 * where it stands, meets them from the second. Every element of C is the sum of chains over blocks of the depth, which follow
 * from k alone, so its bits are the same wherever C is cut.
 */
#define TARGET __attribute__((target("avx512f,fma")))

/* Of a tile: rows, vectors of a row. */
#define ROWS 8
#define VECTORS 3

/* Columns of a panel of B. */
#define WIDTH (VECTORS * LINE)

/* Products of a chain at most, so that a panel of B leaves room in the first-level cache; rows of a block of A. */
#define DEPTH 208
#define HEIGHT 512

/* Rows of A that are few beside four times as many columns of B. */
#define FEW 128

/* Rows of A or columns of B: element p of line l stands at from[l * line + p * step], and line or step is 1. */
typedef struct {
  const float *from;
  int64_t line, step;
} lines;

static inline lines from_line(lines x, int64_t l) { return (lines){x.from + l * x.line, x.line, x.step}; }

static inline lines from_step(lines x, int64_t p) { return (lines){x.from + p * x.step, x.line, x.step}; }

static inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

/* The first n of 16 lanes, of negative n none. */
static inline __mmask16 first(int64_t n) { return n >= 16 ? 0xffff : n <= 0 ? 0 : (__mmask16)((1u << n) - 1); }

/* How many elements of a line ahead what is packed is asked for. */
#define SOON 32

/* Exchanges rows and columns of 16 vectors. */
INLINE void transpose_16(__m512 r[16]) {
  __m512 t[16];
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
#pragma GCC unroll 2
    for (int half = 0; half < 2; half++) {
      const __m512d low = _mm512_castps_pd(t[i + half]), high = _mm512_castps_pd(t[i + 2 + half]);
      r[i + 2 * half] = _mm512_castpd_ps(_mm512_unpacklo_pd(low, high));
      r[i + 2 * half + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low, high));
    }
  }
  /* Quarter q of r[4 g + e] holds element 4 q + e of rows 4 g to 4 g + 3. */
#pragma GCC unroll 4
  for (int e = 0; e < 4; e++) {
    const __m512 a = _mm512_shuffle_f32x4(r[e], r[4 + e], 0x88), b = _mm512_shuffle_f32x4(r[8 + e], r[12 + e], 0x88);
    const __m512 c = _mm512_shuffle_f32x4(r[e], r[4 + e], 0xdd), d = _mm512_shuffle_f32x4(r[8 + e], r[12 + e], 0xdd);
    t[e] = _mm512_shuffle_f32x4(a, b, 0x88);
    t[4 + e] = _mm512_shuffle_f32x4(c, d, 0x88);
    t[8 + e] = _mm512_shuffle_f32x4(a, b, 0xdd);
    t[12 + e] = _mm512_shuffle_f32x4(c, d, 0xdd);
  }
#pragma GCC unroll 16
  for (int i = 0; i < 16; i++) r[i] = t[i];
}

/* Packs 16 lines, zeros beyond count, whose elements stand side by side: element p of line l goes to to[p * width + l]. */
TARGET static void pack_across(lines x, int64_t count, int64_t width, int64_t depth, float *to) {
  for (int64_t p = 0; p < depth; p += 16) {
    const __mmask16 there = first(depth - p);
    __m512 r[16];
#pragma GCC unroll 16
    for (int l = 0; l < 16; l++) r[l] = l < count ? _mm512_maskz_loadu_ps(there, x.from + l * x.line + p) : _mm512_setzero_ps();
    transpose_16(r);
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) {
      _mm_prefetch((const char *)(x.from + i * x.line + p + SOON), _MM_HINT_T0);
      if (p + i < depth) _mm512_store_ps(to + (p + i) * width, r[i]);
    }
  }
}

/* The same for lines that stand side by side themselves. */
TARGET static void pack_along(lines x, int64_t count, int64_t width, int64_t depth, float *to) {
  const __mmask16 there = first(count);
  for (int64_t p = 0; p < depth; p++) {
    _mm512_store_ps(to + p * width, _mm512_maskz_loadu_ps(there, x.from + p * x.step));
  }
}

/* Packs lines as a panel of so many vectors: the first element of each line, then the second ones. */
TARGET static void pack(lines x, int64_t count, int64_t vectors, int64_t depth, float *to) {
  if (x.step != 1 && count == WIDTH) { /* three streams of memory at once, not one after the other */
    for (int64_t p = 0; p < depth; p++) {
#pragma GCC unroll 3
      for (int v = 0; v < WIDTH; v += 16) {
        _mm_prefetch((const char *)(x.from + (p + SOON) * x.step + v), _MM_HINT_T0);
        _mm512_store_ps(to + p * WIDTH + v, _mm512_loadu_ps(x.from + p * x.step + v));
      }
    }
    return;
  }
  for (int64_t l = 0; l < 16 * vectors; l += 16) {
    (x.step == 1 ? pack_across : pack_along)(from_line(x, l), count - l, 16 * vectors, depth, to + l);
  }
}

/* What a matrix of count lines consists of as it is stored: runs of elements side by side, n of them. */
typedef struct {
  const float *from;
  int64_t n, stride, length;
} runs;

static inline runs stored(lines x, int64_t count, int64_t depth) {
  return x.step == 1 ? (runs){x.from, count, x.line, depth} : (runs){x.from, count > 0 ? depth : 0, x.step, count};
}

/* Asks for some runs, into the second-level cache, since the first one holds a panel. */
static inline void ask(runs x, int64_t from, int64_t to) {
  for (int64_t i = from; i < least(to, x.n); i++) {
    for (int64_t at = 0; at < x.length; at += LINE) _mm_prefetch((const char *)(x.from + i * x.stride + at), _MM_HINT_T1);
  }
}

/* How a tile goes to C: alpha times it, plus beta times what is there; beta 0 reads nothing. */
typedef struct {
  float alpha, beta;
} scales;

/* A tile of so many vectors; of its rows, so many go to C. */
INLINE void tile(int vectors, int64_t depth, lines a, const float *b, float *c, int64_t ldc, int64_t rows,
                 __mmask16 last, scales s) {
  __m512 sum[ROWS][VECTORS];
#pragma GCC unroll 8
  for (int i = 0; i < ROWS; i++) {
#pragma GCC unroll 3
    for (int j = 0; j < vectors; j++) {
      sum[i][j] = _mm512_setzero_ps();
      if (i < rows) _mm_prefetch((const char *)(c + i * ldc + j * 16), _MM_HINT_T0);
    }
  }
  for (int64_t p = 0; p < depth; p++) {
    __m512 v[VECTORS];
#pragma GCC unroll 3
    for (int j = 0; j < vectors; j++) v[j] = _mm512_loadu_ps(b + j * 16);
#pragma GCC unroll 8
    for (int i = 0; i < ROWS; i++) {
      const __m512 x = _mm512_set1_ps(a.from[i * a.line]);
#pragma GCC unroll 3
      for (int j = 0; j < vectors; j++) sum[i][j] = _mm512_fmadd_ps(x, v[j], sum[i][j]);
    }
    a.from += a.step;
    b += vectors * 16;
  }
  const __m512 alpha = _mm512_set1_ps(s.alpha), beta = _mm512_set1_ps(s.beta);
#pragma GCC unroll 8
  for (int i = 0; i < ROWS; i++) {
    if (i < rows) {
#pragma GCC unroll 3
      for (int j = 0; j < vectors; j++) {
        const __mmask16 mask = j == vectors - 1 ? last : 0xffff;
        float *to = c + i * ldc + j * 16;
        const __m512 product = _mm512_mul_ps(alpha, sum[i][j]);
        _mm512_mask_storeu_ps(
            to, mask, s.beta == 0 ? product : _mm512_fmadd_ps(beta, _mm512_maskz_loadu_ps(mask, to), product));
      }
    }
  }
}

/* One function for each number of vectors, so that nothing that lives longer takes a register from its sums. */
#define TILE(vectors) \
  TARGET __attribute__((noinline)) static void tile_##vectors(int64_t depth, lines a, const float *b, float *c, \
                                                              int64_t ldc, int64_t rows, __mmask16 last, scales s) { \
    tile(vectors, depth, a, b, c, ldc, rows, last, s); \
  }
TILE(1)
TILE(2)
TILE(3)
#undef TILE

/* A panel of B with a block of A, whose last rows, if they are no whole tile, stand in rest with zeros behind them. Between the
   tiles, what the next panel of B is made of is asked for, a share at a time. */
TARGET static void multiply_panel(lines a, int64_t height, lines rest, const float *panel, int64_t columns, int64_t depth,
                                  float *c, int64_t ldc, scales s, runs next) {
  const int64_t vectors = (columns + 15) / 16;
  void (*const multiply)(int64_t, lines, const float *, float *, int64_t, int64_t, __mmask16, scales) =
      vectors == 1 ? tile_1 : vectors == 2 ? tile_2 : tile_3;
  const __mmask16 last = first(columns - 16 * (vectors - 1));
  const int64_t share = next.n / ((height + ROWS - 1) / ROWS) + 1;
  for (int64_t i = 0, asked = 0; i < height; i += ROWS, asked += share) {
    ask(next, asked, asked + share);
    const int64_t rows = least(ROWS, height - i);
    multiply(depth, rows == ROWS ? from_line(a, i) : rest, panel, c + i * ldc, ldc, rows, last, s);
  }
}

/* Some rows of C and a part of the depth. */
TARGET static void multiply_block(lines a, lines b, int64_t height, int64_t n, int64_t depth, float *c, int64_t ldc, scales s) {
  _Alignas(64) float panel[WIDTH * DEPTH], last_rows[16 * DEPTH];
  const int64_t whole = height / ROWS * ROWS;
  if (whole < height) pack(from_line(a, whole), height - whole, 1, depth, last_rows);
  const lines rest = {last_rows, 1, 16};
  for (int64_t j = 0; j < n; j += WIDTH) {
    const int64_t columns = least(WIDTH, n - j), after = least(WIDTH, n - j - columns);
    pack(from_line(b, j), columns, (columns + 15) / 16, depth, panel);
    multiply_panel(a, height, rest, panel, columns, depth, c + j, ldc, s, stored(from_line(b, j + columns), after, depth));
  }
}

/* C := the transpose of D, m x n, from the first columns of rows of FEW elements. */
TARGET static void put_transposed(const float *d, int64_t m, int64_t n, float *c, int64_t ldc) {
  for (int64_t i = 0; i < m; i += 16) {
    const __mmask16 across = first(m - i);
    for (int64_t j = 0; j < n; j += 16) {
      const __mmask16 along = first(n - j);
      __m512 r[16];
#pragma GCC unroll 16
      for (int l = 0; l < 16; l++) r[l] = _mm512_maskz_loadu_ps(j + l < n ? across : 0, d + (j + l) * FEW + i);
      transpose_16(r);
#pragma GCC unroll 16
      for (int l = 0; l < 16; l++) {
        if (i + l < m) _mm512_mask_storeu_ps(c + (i + l) * ldc + j, along, r[l]);
      }
    }
  }
}

/* C := alpha · op(A) · op(B) for few rows of A and a B that stands as n x k, so that packing it would take a while: the
   transpose of C is op(B)ᵀ · op(A)ᵀ, for which the few rows are packed and B is read where it stands. Same sums, same bits.
   Says whether it could: not without memory for a part of the transpose, which is too large for a thread's stack. */
TARGET static _Bool multiply_few(lines a, lines b, int64_t m, int64_t n, int64_t k, int64_t part, float alpha, float *c,
                                 int64_t ldc) {
  float *const d = aligned_alloc(64, HEIGHT * FEW * sizeof(float));
  if (!d) return 0;
  for (int64_t j = 0; j < n; j += HEIGHT) {
    const int64_t height = least(HEIGHT, n - j);
    for (int64_t p = 0; p < k; p += part) {
      const scales s = {alpha, p == 0 ? 0 : 1};
      multiply_block(from_step(from_line(b, j), p), from_step(a, p), height, m, least(part, k - p), d, FEW, s);
    }
    put_transposed(d, m, height, c + j, ldc);
  }
  free(d);
  return 1;
}

/*
 * C := alpha · op(A) · op(B) + beta · C, op(A) of m x k, op(B) of k x n. A is stored as k x m where it is transposed, B as
 * n x k; lda, ldb and ldc are elements from row to row as stored. With alpha 0 neither factor is read, with beta 0 not C.
 */
TARGET void panorm_product_16(_Bool transposed_a, _Bool transposed_b, int64_t m, int64_t n, int64_t k, float alpha,
                              const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c, int64_t ldc) {
  const int64_t depth = alpha == 0 ? 0 : k, parts = depth <= DEPTH ? 1 : (depth + DEPTH - 1) / DEPTH;
  const int64_t part = (depth + parts - 1) / parts;
  const lines rows = {a, transposed_a ? 1 : lda, transposed_a ? lda : 1};
  const lines columns = {b, transposed_b ? ldb : 1, transposed_b ? 1 : ldb};
  const _Bool few = m <= FEW && m % LINE == 0 && n >= 4 * m && depth >= 4 * FEW;
  if (few && transposed_b && beta == 0 && multiply_few(rows, columns, m, n, depth, part, alpha, c, ldc)) return;
  for (int64_t i = 0; i < m; i += HEIGHT) {
    int64_t p = 0;
    do {
      const scales s = {alpha, p == 0 ? beta : 1};
      multiply_block(from_step(from_line(rows, i), p), from_step(columns, p), least(HEIGHT, m - i), n, least(part, depth - p),
                     c + i * ldc, ldc, s);
      p += part;
    } while (p < depth);
  }
}

#undef ROWS
#undef VECTORS
#undef WIDTH
#undef DEPTH
#undef HEIGHT
#undef FEW
#undef SOON
#undef TARGET
