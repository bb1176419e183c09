/*
 * What SGEMM costs when C calls the very library that Panorm calls.
 *
 *   gemm_peer THREADS LIBRARY...   libraries in the order to open them, OpenBLAS last
 *
 * Reads commands from its standard input and answers each with a line:
 *   load N FILE    reads a and b, n x n float32 each; answers 0
 *   run CALLS      c = a b, so often; answers the nanoseconds
 *   store FILE     writes c; answers 0
 */
#define _POSIX_C_SOURCE 200809L
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROW_MAJOR = 101, NO_TRANSPOSE = 111, PATH = 4096 };

typedef void gemm_function(int order, int transpose_a, int transpose_b, int m, int n, int k,
                           float alpha, const float *a, int lda, const float *b, int ldb,
                           float beta, float *c, int ldc);

static void fail(const char *what) {
  fprintf(stderr, "gemm_peer: %s\n", what);
  exit(1);
}

static void *symbol(void *library, const char *name) {
  void *found = dlsym(library, name);
  if (found == NULL) {
    fail(dlerror());
  }
  return found;
}

static long long nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return 1000000000LL * now.tv_sec + now.tv_nsec;
}

static float *matrix(int n) {
  float *values = aligned_alloc(128, ((size_t)n * n * sizeof(float) + 127) / 128 * 128);
  if (values == NULL) {
    fail("no memory");
  }
  return values;
}

static void transfer(const char *path, const char *mode, int n, float *first, float *second) {
  FILE *file = fopen(path, mode);
  size_t size = (size_t)n * n;
  if (file == NULL) {
    fail("cannot open the file");
  }
  for (int i = 0; i < 2; i++) {
    float *values = i == 0 ? first : second;
    if (values != NULL && (mode[0] == 'r' ? fread(values, sizeof(float), size, file)
                                          : fwrite(values, sizeof(float), size, file)) != size) {
      fail("the file is too short");
    }
  }
  fclose(file);
}

int main(int count, char **arguments) {
  if (count < 3) {
    fail("usage: gemm_peer THREADS LIBRARY...");
  }
  void *library = NULL;
  for (int i = 2; i < count; i++) {
    library = dlopen(arguments[i], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
      fail(dlerror());
    }
  }
  ((void (*)(int))symbol(library, "openblas_set_num_threads"))(atoi(arguments[1]));
  gemm_function *gemm = (gemm_function *)symbol(library, "cblas_sgemm");
  printf("%s\n", ((const char *(*)(void))symbol(library, "openblas_get_corename"))());
  fflush(stdout);

  char path[PATH];
  float *a = NULL;
  float *b = NULL;
  float *c = NULL;
  int n = 0;
  long calls = 0;
  char command[8];
  while (scanf("%7s", command) == 1) {
    long long answer = 0;
    if (command[0] == 'l' && scanf("%d %4095s", &n, path) == 2) {
      free(a);
      free(b);
      free(c);
      a = matrix(n);
      b = matrix(n);
      c = matrix(n);
      transfer(path, "rb", n, a, b);
    } else if (command[0] == 'r' && scanf("%ld", &calls) == 1) {
      long long start = nanoseconds();
      for (long call = 0; call < calls; call++) {
        gemm(ROW_MAJOR, NO_TRANSPOSE, NO_TRANSPOSE, n, n, n, 1, a, n, b, n, 0, c, n);
      }
      answer = nanoseconds() - start;
    } else if (command[0] == 's' && scanf("%4095s", path) == 1) {
      transfer(path, "wb", n, c, NULL);
    } else {
      fail("unknown command");
    }
    printf("%lld\n", answer);
    fflush(stdout);
  }
  return 0;
}
