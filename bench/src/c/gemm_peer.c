/*
 * What SGEMM costs when C calls the very library that Panorm calls: the line that `panorm jmh Gemm`
 * is compared with. Run by gemm_peer.sh.
 *
 *   gemm_peer THREADS LIBRARY...   libraries in the order to open them, OpenBLAS last
 *
 * Prints, for each n, the median of repeated calls on n x n matrices of float32.
 */
#define _POSIX_C_SOURCE 200809L
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROW_MAJOR = 101, NO_TRANSPOSE = 111, SAMPLES = 41 };

typedef void gemm_function(int order, int transpose_a, int transpose_b, int m, int n, int k,
                           float alpha, const float *a, int lda, const float *b, int ldb,
                           float beta, float *c, int ldc);

static const int sizes[] = {16, 32, 256, 512, 1024, 2048};

static void *symbol(void *library, const char *name) {
  void *found = dlsym(library, name);
  if (found == NULL) {
    fprintf(stderr, "gemm_peer: %s\n", dlerror());
    exit(1);
  }
  return found;
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int ascending(const void *left, const void *right) {
  double difference = *(const double *)left - *(const double *)right;
  return (difference > 0) - (difference < 0);
}

static float *matrix(int n) {
  float *values = aligned_alloc(128, ((size_t)n * n * sizeof(float) + 127) / 128 * 128);
  if (values == NULL) {
    fprintf(stderr, "gemm_peer: no memory for n = %d\n", n);
    exit(1);
  }
  for (size_t i = 0; i < (size_t)n * n; i++) {
    values[i] = (float)((i * 7919) % 1000) / 1000 - 0.5f;
  }
  return values;
}

/* Any order of n products, each rounded once: n * 2^-24 times the sum of their magnitudes. */
static void check(int n, const float *a, const float *b, const float *c) {
  for (int sample = 0; sample < 100; sample++) {
    int i = sample * 7919 % n;
    int j = sample * 104729 % n;
    double sum = 0;
    double magnitude = 0;
    for (int p = 0; p < n; p++) {
      double product = (double)a[(size_t)i * n + p] * b[(size_t)p * n + j];
      sum += product;
      magnitude += fabs(product);
    }
    if (!(fabs(c[(size_t)i * n + j] - sum) <= n * 0x1p-24 * magnitude)) {
      fprintf(stderr, "gemm_peer: wrong result for n = %d at [%d, %d]\n", n, i, j);
      exit(1);
    }
  }
}

static double median_seconds(gemm_function *gemm, int n, const float *a, const float *b, float *c) {
  double work = 2.0 * n * n * n;
  int calls = work > 1e7 ? 1 : (int)(1e7 / work);
  double samples[SAMPLES];
  for (int sample = -5; sample < SAMPLES; sample++) {
    double start = seconds();
    for (int call = 0; call < calls; call++) {
      gemm(ROW_MAJOR, NO_TRANSPOSE, NO_TRANSPOSE, n, n, n, 1, a, n, b, n, 0, c, n);
    }
    if (sample >= 0) {
      samples[sample] = (seconds() - start) / calls;
    }
  }
  qsort(samples, SAMPLES, sizeof *samples, ascending);
  return samples[SAMPLES / 2];
}

int main(int count, char **arguments) {
  if (count < 3) {
    fprintf(stderr, "usage: gemm_peer THREADS LIBRARY...\n");
    return 2;
  }
  void *library = NULL;
  for (int i = 2; i < count; i++) {
    library = dlopen(arguments[i], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
      fprintf(stderr, "gemm_peer: %s\n", dlerror());
      return 1;
    }
  }
  int threads = atoi(arguments[1]);
  ((void (*)(int))symbol(library, "openblas_set_num_threads"))(threads);
  printf("# C, %s, core %s, threads %d\n",
         ((const char *(*)(void))symbol(library, "openblas_get_config"))(),
         ((const char *(*)(void))symbol(library, "openblas_get_corename"))(), threads);
  printf("%6s %12s %10s\n", "n", "us", "GFLOP/s");
  gemm_function *gemm = (gemm_function *)symbol(library, "cblas_sgemm");
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    int n = sizes[i];
    float *a = matrix(n);
    float *b = matrix(n);
    float *c = matrix(n);
    gemm(ROW_MAJOR, NO_TRANSPOSE, NO_TRANSPOSE, n, n, n, 1, a, n, b, n, 0, c, n);
    check(n, a, b, c);
    double time = median_seconds(gemm, n, a, b, c);
    printf("%6d %12.3f %10.1f\n", n, 1e6 * time, 2e-9 * n * n * n / time);
    fflush(stdout);
    free(a);
    free(b);
    free(c);
  }
  return 0;
}
