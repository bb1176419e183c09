package dev.panorm.ffi.openblas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Eigenvectors must rebuild the matrix and be orthonormal. */
class SymmetricEigenproblemTest {

  private static final long SEED = 20_251_123;

  @ParameterizedTest
  @EnumSource(Matrices.class)
  void rebuildsTheMatrix(Matrices precision) {
    Random random = new Random(SEED);
    for (int n : new int[] {1, 2, 7, 32, 65}) {
      check(precision, random, n);
    }
  }

  @ParameterizedTest
  @EnumSource(Matrices.class)
  void readsTheUpperTriangleOnly(Matrices precision) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment a = arena.allocate(4L * precision.bytes, 64);
      MemorySegment w = arena.allocate(2L * precision.bytes, 64);
      precision.set(a, 0, 2);
      precision.set(a, 1, 1);
      precision.set(a, 2, 1e9);
      precision.set(a, 3, 2);
      call(precision, 2, a, 2, w);
      assertEquals(1, precision.get(w, 0), 1e-6);
      assertEquals(3, precision.get(w, 1), 1e-6);
    }
  }

  @ParameterizedTest
  @EnumSource(Matrices.class)
  void rejectsWrongSizes(Matrices precision) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment a = arena.allocate(16L * precision.bytes, 64);
      MemorySegment w = arena.allocate(3L * precision.bytes, 64);
      assertNames("n", () -> call(precision, -1, a, 4, w));
      assertNames("lda", () -> call(precision, 4, a, 3, w));
      assertNames("a", () -> call(precision, 5, a, 5, w));
      assertNames("w", () -> call(precision, 4, a, 4, w));
    }
  }

  private static void check(Matrices precision, Random random, int n) {
    int lda = n + 1;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment a = precision.random(arena, random, (long) n * lda);
      MemorySegment v = arena.allocate(a.byteSize(), 64).copyFrom(a);
      MemorySegment w = arena.allocate((long) n * precision.bytes, 64);
      call(precision, n, v, lda, w);
      // LAPACK's users' guide: a backward error of p(n) u |A| with a modest p; the norm of a matrix
      // with entries in [-1, 1] is at most n, and 10 n is modest.
      double bound = 10.0 * n * n * precision.unitRoundoff;
      for (int i = 0; i < n; i++) {
        assertTrue(i == 0 || precision.get(w, i - 1) <= precision.get(w, i), "ascending");
        for (int j = i; j < n; j++) {
          double rebuilt = 0;
          double product = 0;
          for (int p = 0; p < n; p++) {
            long row = (long) p * lda;
            rebuilt += precision.get(v, row + i) * precision.get(w, p) * precision.get(v, row + j);
            product += precision.get(v, (long) i * lda + p) * precision.get(v, (long) j * lda + p);
          }
          double residual = Math.abs(rebuilt - precision.get(a, (long) i * lda + j));
          double skew = Math.abs(product - (i == j ? 1 : 0));
          assertTrue(
              residual <= bound && skew <= bound,
              "seed %d, %s, n %d, [%d, %d]: residual %g, skew %g, bound %g"
                  .formatted(SEED, precision, n, i, j, residual, skew, bound));
        }
      }
    }
  }

  private static void assertNames(String argument, Runnable call) {
    String message = assertThrows(IllegalArgumentException.class, call::run).toString();
    assertTrue(message.contains("syevd: " + argument + " "), message);
  }

  private static void call(Matrices precision, int n, MemorySegment a, int lda, MemorySegment w) {
    switch (precision) {
      case FLOAT32 -> OpenBlas.load().ssyevd(n, a, 0, lda, w, 0);
      case FLOAT64 -> OpenBlas.load().dsyevd(n, a, 0, lda, w, 0);
    }
  }
}
