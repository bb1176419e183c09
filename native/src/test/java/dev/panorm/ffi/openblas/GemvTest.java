package dev.panorm.ffi.openblas;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Matrix times vector against plain loops in float64. */
class GemvTest {

  private static final long SEED = 20_251_122;
  private static final int[][] SIZES = {{1, 1}, {5, 3}, {3, 17}, {64, 33}, {129, 65}};

  @ParameterizedTest
  @EnumSource(Matrices.class)
  void agreesWithPlainLoops(Matrices precision) {
    Random random = new Random(SEED);
    for (int[] size : SIZES) {
      for (boolean transpose : new boolean[] {false, true}) {
        for (int stride : new int[] {1, 3}) {
          check(precision, random, size[0], size[1], transpose, stride);
        }
      }
    }
  }

  private static void check(
      Matrices precision, Random random, int m, int n, boolean transpose, int stride) {
    double alpha = 1.5;
    double beta = -0.5;
    int lda = n + 2;
    int inner = transpose ? m : n;
    int outer = transpose ? n : m;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment a = precision.random(arena, random, (long) m * lda);
      MemorySegment x = precision.random(arena, random, (long) inner * stride);
      MemorySegment before = precision.random(arena, random, (long) outer * stride);
      MemorySegment y = arena.allocate(before.byteSize(), 64).copyFrom(before);
      call(precision, transpose, m, n, alpha, a, lda, x, stride, beta, y);
      for (int i = 0; i < outer; i++) {
        double sum = 0;
        double magnitude = 0;
        for (int p = 0; p < inner; p++) {
          double product =
              precision.get(a, transpose ? (long) p * lda + i : (long) i * lda + p)
                  * precision.get(x, (long) p * stride);
          sum += product;
          magnitude += Math.abs(product);
        }
        long at = (long) i * stride;
        double old = precision.get(before, at);
        double error = Math.abs(precision.get(y, at) - (alpha * sum + beta * old));
        // As in GemmTest: any order of the terms, alpha, beta and the last addition, twice.
        double bound =
            2 * (inner + 3) * precision.unitRoundoff * (alpha * magnitude + Math.abs(beta * old));
        assertTrue(
            error <= bound,
            "seed %d, %s %dx%d, transpose %b, [%d]: error %g, bound %g"
                .formatted(SEED, precision, m, n, transpose, i, error, bound));
      }
    }
  }

  private static void call(
      Matrices precision,
      boolean transpose,
      int m,
      int n,
      double alpha,
      MemorySegment a,
      int lda,
      MemorySegment x,
      int stride,
      double beta,
      MemorySegment y) {
    OpenBlas blas = OpenBlas.load();
    switch (precision) {
      case FLOAT32 ->
          blas.sgemv(
              transpose, m, n, (float) alpha, a, 0, lda, x, 0, stride, (float) beta, y, 0, stride);
      case FLOAT64 ->
          blas.dgemv(transpose, m, n, alpha, a, 0, lda, x, 0, stride, beta, y, 0, stride);
    }
  }
}
