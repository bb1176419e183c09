package dev.panorm.internal.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.Panorm;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.Backend;
import dev.panorm.backend.BackendUnavailableException;
import dev.panorm.backend.Backends;
import dev.panorm.backend.GemmKernels;
import dev.panorm.backend.Support;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every backend's matrix products against plain loops in float64, and against themselves. */
class GemmKernelsTest {

  private static final long SEED = 20_251_124;
  private static final List<String> REQUIRED =
      List.of(System.getProperty("panorm.requireBackends", "").split(","));
  private static final int[][] SIZES = {
    {1, 1, 1},
    {2, 3, 0},
    {5, 1, 9},
    {1, 40, 7},
    {6, 16, 8},
    {7, 17, 33},
    {64, 10, 100},
    {97, 33, 300},
    {43, 100, 430},
    {32, 203, 600},
  };
  private static final double[][] SCALES = {{1, 0}, {1, 1}, {-0.5, 0.25}};

  /** One shape for each way to cut: rows, columns, depth, and each with a remainder. */
  private static final int[][] LARGE = {
    {256, 256, 256},
    {505, 301, 307},
    {33, 1700, 400},
    {24, 31, 30_000},
    {2000, 24, 700},
    {48, 1100, 520},
  };

  private final int threads = Panorm.threads();

  @AfterEach
  void restoreThreads() {
    Panorm.setThreads(threads);
  }

  static Stream<Arguments> kernels() {
    return Stream.concat(parallelKernels(), inBothPrecisions("reference"));
  }

  static Stream<Arguments> parallelKernels() {
    Stream<Arguments> both = inBothPrecisions("openblas", "vector");
    return Backends.available().contains("avx512")
        ? Stream.concat(both, Stream.of(Arguments.of("avx512", DType.FLOAT32)))
        : both;
  }

  private static Stream<Arguments> inBothPrecisions(String... names) {
    return Stream.of(names)
        .flatMap(
            name ->
                Stream.of(DType.FLOAT32, DType.FLOAT64).map(dtype -> Arguments.of(name, dtype)));
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void agreesWithPlainLoops(String name, DType dtype) {
    GemmKernels gemm = gemm(name);
    Random random = new Random(SEED);
    for (int[] size : SIZES) {
      for (int transposes = 0; transposes < 4; transposes++) {
        for (double[] scale : SCALES) {
          new Product(dtype, size[0], size[1], size[2], transposes, scale[0], scale[1], 3)
              .check(gemm, random);
        }
      }
    }
    new Product(dtype, 24, 31, 30_000, 1, 0.5, 2, 0).check(gemm, random);
  }

  @ParameterizedTest
  @MethodSource("parallelKernels")
  void anyNumberOfThreadsGivesTheSameBits(String name, DType dtype) {
    GemmKernels gemm = gemm(name);
    Random random = new Random(SEED);
    for (int[] size : LARGE) {
      for (int options = 0; options < 8; options++) {
        double beta = options < 4 ? 0.3 : 0;
        Product product = new Product(dtype, size[0], size[1], size[2], options % 4, 0.7, beta, 1);
        try (Scope scope = Scope.open()) {
          Operands operands = product.operands(scope, random);
          double[] alone = product.result(gemm, operands, scope, 1);
          for (int count : new int[] {2, 3, 7}) {
            assertTrue(
                Arrays.equals(alone, product.result(gemm, operands, scope, count)),
                () -> "seed " + SEED + ", " + product + ", 1 and " + count + " threads");
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void betaZeroDoesNotReadTheOldResult(String name, DType dtype) {
    GemmKernels gemm = gemm(name);
    try (Scope scope = Scope.open()) {
      Tensor ones = scope.ones(dtype, 20, 20);
      Tensor c = scope.empty(dtype, 20, 20);
      c.fill(Double.NaN);
      gemm.gemm(false, true, 20, 20, 20, 1, ones, 0, 20, ones, 0, 20, 0, c, 0, 20);
      for (double value : c.toDoubleArray()) {
        assertEquals(20, value);
      }
    }
  }

  private static GemmKernels gemm(String name) {
    Backend backend =
        ServiceLoader.load(Backend.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(candidate -> candidate.name().equals(name))
            .findFirst()
            .orElseThrow();
    if (backend.available() instanceof Support.No no) {
      if (REQUIRED.contains(name)) {
        throw new BackendUnavailableException(name + " is required: " + no);
      }
      Assumptions.abort(name + ": " + no);
    }
    return backend.gemm();
  }

  private record Operands(Tensor a, Tensor b, Tensor c) {}

  private record Product(
      DType dtype, int m, int n, int k, int transposes, double alpha, double beta, int padding) {

    private static final int OFFSET = 5;

    boolean transposeA() {
      return (transposes & 1) != 0;
    }

    boolean transposeB() {
      return (transposes & 2) != 0;
    }

    int lda() {
      return Math.max(1, transposeA() ? m : k) + padding;
    }

    int ldb() {
      return Math.max(1, transposeB() ? k : n) + padding;
    }

    int ldc() {
      return n + padding;
    }

    Operands operands(Scope scope, Random random) {
      return new Operands(
          random(scope, random, OFFSET + (long) (transposeA() ? k : m) * lda()),
          random(scope, random, (long) (transposeB() ? n : k) * ldb()),
          random(scope, random, OFFSET + (long) m * ldc()));
    }

    private Tensor random(Scope scope, Random random, long elements) {
      Tensor tensor = scope.empty(dtype, elements);
      tensor.copyFrom(random.doubles(elements, -1, 1).toArray());
      return tensor;
    }

    double[] result(GemmKernels gemm, Operands operands, Scope scope, int threads) {
      Tensor c = scope.copyOf(operands.c());
      Panorm.setThreads(threads);
      gemm.gemm(
          transposeA(),
          transposeB(),
          m,
          n,
          k,
          alpha,
          operands.a(),
          OFFSET,
          lda(),
          operands.b(),
          0,
          ldb(),
          beta,
          c,
          OFFSET,
          ldc());
      return c.toDoubleArray();
    }

    void check(GemmKernels gemm, Random random) {
      try (Scope scope = Scope.open()) {
        Operands operands = operands(scope, random);
        double[] a = operands.a().toDoubleArray();
        double[] b = operands.b().toDoubleArray();
        double[] old = operands.c().toDoubleArray();
        double[] c = result(gemm, operands, scope, 2);
        for (int at = 0; at < c.length; at++) {
          int i = (at - OFFSET) / ldc();
          int j = (at - OFFSET) % ldc();
          if (at < OFFSET || j >= n) {
            assertEquals(old[at], c[at], "outside of c");
          } else {
            checkElement(i, j, a, b, old[at], c[at]);
          }
        }
      }
    }

    /**
     * The k products of an element may be added in any order: at most k roundings for each term,
     * and three for alpha, beta and the last addition; in float64 the plain loop here rounds as
     * often itself, hence the 2. The partial sums of a cut depth add fewer than 32 roundings.
     */
    private void checkElement(int i, int j, double[] a, double[] b, double old, double found) {
      double sum = 0;
      double magnitude = 0;
      for (int p = 0; p < k; p++) {
        double product =
            a[OFFSET + (transposeA() ? p * lda() + i : i * lda() + p)]
                * b[transposeB() ? j * ldb() + p : p * ldb() + j];
        sum += product;
        magnitude += Math.abs(product);
      }
      double unit = dtype == DType.FLOAT64 ? 0x1p-53 : 0x1p-24;
      double expected = alpha * sum + beta * old;
      double bound = 2 * (k + 35) * unit * (Math.abs(alpha) * magnitude + Math.abs(beta * old));
      double error = Math.abs(found - expected);
      assertTrue(
          error <= bound,
          () ->
              "seed %d, %s, [%d, %d]: error %g, bound %g"
                  .formatted(SEED, this, i, j, error, bound));
    }
  }
}
