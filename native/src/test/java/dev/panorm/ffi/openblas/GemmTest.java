package dev.panorm.ffi.openblas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Matrix products against three plain loops in float64. */
class GemmTest {

  private static final long SEED = 20_251_121;
  private static final int[][] SIZES = {
    {1, 1, 1},
    {1, 7, 3},
    {7, 1, 3},
    {3, 5, 0},
    {16, 16, 16},
    {17, 33, 31},
    {64, 10, 100},
    {25, 49, 257},
    {103, 51, 67},
  };
  private static final double[][] SCALES = {{1, 0}, {1, 1}, {-0.75, 0.5}, {0, 2}};

  @ParameterizedTest
  @EnumSource(Matrices.class)
  void agreesWithPlainLoops(Matrices precision) {
    Random random = new Random(SEED);
    for (int[] size : SIZES) {
      for (int transposes = 0; transposes < 4; transposes++) {
        for (double[] scale : SCALES) {
          for (int padding : new int[] {0, 5}) {
            new Product(
                    precision, size[0], size[1], size[2], transposes, scale[0], scale[1], padding)
                .check(random);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Matrices.class)
  void betaZeroDoesNotReadTheOldResult(Matrices precision) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ones = arena.allocate(4L * precision.bytes, 64);
      MemorySegment c = arena.allocate(4L * precision.bytes, 64);
      for (int i = 0; i < 4; i++) {
        precision.set(ones, i, 1);
        precision.set(c, i, Double.NaN);
      }
      call(precision, false, false, 2, 2, 2, 1, ones, 2, ones, 2, 0, c, 2);
      for (int i = 0; i < 4; i++) {
        assertEquals(2, precision.get(c, i));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Matrices.class)
  void takesEmptyMatrices(Matrices precision) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment one = arena.allocate(precision.bytes, 64);
      precision.set(one, 0, 3);
      call(precision, false, false, 0, 1, 1, 1, one, 1, one, 1, 0, one, 1);
      call(precision, true, true, 1, 0, 1, 1, one, 1, one, 1, 0, one, 1);
      assertEquals(3, precision.get(one, 0));
    }
  }

  @Test
  void callsFromSeveralThreadsDoNotDisturbEachOther() throws InterruptedException {
    Random random = new Random(SEED);
    try (Arena arena = Arena.ofShared()) {
      int n = 160;
      MemorySegment a = Matrices.FLOAT32.random(arena, random, (long) n * n);
      MemorySegment[] results = new MemorySegment[8];
      Thread[] threads = new Thread[results.length];
      for (int t = 0; t < threads.length; t++) {
        MemorySegment c = Matrices.FLOAT32.random(arena, random, (long) n * n);
        boolean transposed = (t & 1) != 0;
        results[t] = c;
        threads[t] =
            Thread.ofPlatform()
                .start(
                    () -> {
                      for (int repeat = 0; repeat < 50; repeat++) {
                        call(Matrices.FLOAT32, transposed, false, n, n, n, 1, a, n, a, n, 0, c, n);
                      }
                    });
      }
      for (Thread thread : threads) {
        thread.join();
      }
      for (int t = 2; t < threads.length; t++) {
        assertEquals(-1, results[t].mismatch(results[t & 1]), "thread " + t);
      }
    }
  }

  static void call(
      Matrices precision,
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      double alpha,
      MemorySegment a,
      int lda,
      MemorySegment b,
      int ldb,
      double beta,
      MemorySegment c,
      int ldc) {
    OpenBlas blas = OpenBlas.load();
    switch (precision) {
      case FLOAT32 ->
          blas.sgemm(
              transposeA,
              transposeB,
              m,
              n,
              k,
              (float) alpha,
              a,
              0,
              lda,
              b,
              0,
              ldb,
              (float) beta,
              c,
              0,
              ldc);
      case FLOAT64 ->
          blas.dgemm(transposeA, transposeB, m, n, k, alpha, a, 0, lda, b, 0, ldb, beta, c, 0, ldc);
    }
  }

  private record Product(
      Matrices precision,
      int m,
      int n,
      int k,
      int transposes,
      double alpha,
      double beta,
      int padding) {

    void check(Random random) {
      boolean transposeA = (transposes & 1) != 0;
      boolean transposeB = (transposes & 2) != 0;
      int lda = Math.max(1, transposeA ? m : k) + padding;
      int ldb = Math.max(1, transposeB ? k : n) + padding;
      int ldc = n + padding;
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment a = precision.random(arena, random, (long) Math.max(m, k) * lda);
        MemorySegment b = precision.random(arena, random, (long) Math.max(k, n) * ldb);
        MemorySegment before = precision.random(arena, random, (long) m * ldc);
        MemorySegment c = arena.allocate(before.byteSize(), 64).copyFrom(before);
        call(precision, transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
        for (int i = 0; i < m; i++) {
          for (int j = 0; j < ldc; j++) {
            long at = (long) i * ldc + j;
            if (j >= n) {
              assertEquals(precision.get(before, at), precision.get(c, at), "padding of c");
            } else {
              checkElement(i, j, at, a, transposeA, lda, b, transposeB, ldb, before, c);
            }
          }
        }
      }
    }

    /**
     * The k products of one element may be summed in any order, each step rounding once: at most k
     * roundings per term, and three more for alpha, beta and the last addition. The plain loop
     * rounds as often in float64, which doubles the bound there and is nothing beside float32.
     */
    private void checkElement(
        int i,
        int j,
        long at,
        MemorySegment a,
        boolean transposeA,
        int lda,
        MemorySegment b,
        boolean transposeB,
        int ldb,
        MemorySegment before,
        MemorySegment c) {
      double sum = 0;
      double magnitude = 0;
      for (int p = 0; p < k; p++) {
        double product =
            precision.get(a, transposeA ? (long) p * lda + i : (long) i * lda + p)
                * precision.get(b, transposeB ? (long) j * ldb + p : (long) p * ldb + j);
        sum += product;
        magnitude += Math.abs(product);
      }
      double old = precision.get(before, at);
      double expected = alpha * sum + beta * old;
      double bound =
          2
              * (k + 3)
              * precision.unitRoundoff
              * (Math.abs(alpha) * magnitude + Math.abs(beta * old));
      double error = Math.abs(precision.get(c, at) - expected);
      assertTrue(
          error <= bound,
          () ->
              "seed %d, %s, [%d, %d]: error %g, bound %g"
                  .formatted(SEED, this, i, j, error, bound));
    }
  }
}
