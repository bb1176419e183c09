package dev.panorm.internal.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.backend.GemmKernels;
import dev.panorm.ffi.clblast.ClBlast;
import dev.panorm.internal.backend.reference.ReferenceBackend;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Products on the device, under the launch profile of GPUs, against the float64 reference: by our
 * tiles, and by CLBlast where it is installed, as it must be where {@code panorm.requireClBlast}
 * says so.
 */
class ClGemmTest {

  private static final long SEED = 20_261_121;

  private static final ClContext CONTEXT = TestDevices.open(LaunchProfile.GPU);

  private static final ClGemmTiles TILES = Objects.requireNonNull(LaunchProfile.GPU.products());

  private static final GemmKernels REFERENCE = new ReferenceBackend().gemm();

  /** Each odd size in each place; a depth that is cut; no depth. */
  private static final int[][] SIZES = {
    {1, 1, 1},
    {1, 7, 257},
    {7, 1, 8},
    {8, 31, 1},
    {31, 8, 7},
    {33, 100, 31},
    {100, 33, 257},
    {257, 31, 33},
    {31, 257, 100},
    {65, 129, 64},
    {5, 3, 0},
    {10, 33, 1000},
  };

  private static final double[][] SCALES = {{1, 0}, {1, 1}, {-0.5, 0.25}};

  /** A way to multiply on the device. */
  record Kernels(String name, GemmKernels gemm) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final List<Kernels> KERNELS =
      Stream.concat(
              Stream.of(
                  new Kernels("tiles", gemm(tiles(TILES.groups()))),
                  new Kernels("large tiles", gemm(tiles(0)))),
              clblast())
          .toList();

  private static Stream<Kernels> clblast() {
    if (ClBlast.isAvailable()) {
      return Stream.of(new Kernels("clblast", gemm(new ClBlastProducts(tiles(TILES.groups())))));
    }
    assertFalse(Boolean.getBoolean("panorm.requireClBlast"), ClBlast.refusal());
    return Stream.empty();
  }

  private static ClGemm gemm(ClProduct.Kernels kernels) {
    return new ClGemm(CONTEXT, kernels);
  }

  /** Our kernel; the large tiles wherever they make so many groups. */
  private static ClTiledProducts tiles(long groups) {
    return new ClTiledProducts(
        new ClGemmTiles(TILES.large(), TILES.small(), groups, TILES.depth()));
  }

  static Stream<Arguments> kernels() {
    return KERNELS.stream()
        .flatMap(
            kernels ->
                Stream.of(DType.FLOAT32, DType.FLOAT64).map(dtype -> Arguments.of(kernels, dtype)));
  }

  /** The shape and scales of a product, its matrices {@code padding} wider than they need be. */
  private record Product(
      DType dtype, int m, int n, int k, int transposes, double alpha, double beta, int padding) {

    static final int OFFSET = 5;

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

    void run(GemmKernels gemm, Tensor a, Tensor b, Tensor c) {
      gemm.gemm(
          transposeA(),
          transposeB(),
          m,
          n,
          k,
          alpha,
          a,
          OFFSET,
          lda(),
          b,
          0,
          ldb(),
          beta,
          c,
          OFFSET,
          ldc());
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void agreesWithTheReference(Kernels kernels, DType dtype) {
    Random random = new Random(SEED);
    for (int[] size : SIZES) {
      for (int transposes = 0; transposes < 4; transposes++) {
        for (double[] scale : SCALES) {
          check(
              kernels.gemm(),
              new Product(dtype, size[0], size[1], size[2], transposes, scale[0], scale[1], 3),
              random);
        }
      }
    }
  }

  private static void check(GemmKernels gemm, Product p, Random random) {
    try (Scope scope = Scope.open()) {
      Tensor a =
          random(
              scope,
              random,
              p.dtype(),
              Product.OFFSET + (long) (p.transposeA() ? p.k() : p.m()) * p.lda());
      Tensor b =
          random(scope, random, p.dtype(), (long) (p.transposeB() ? p.n() : p.k()) * p.ldb() + 1);
      Tensor c = random(scope, random, p.dtype(), Product.OFFSET + (long) p.m() * p.ldc());
      Tensor expected = wide(scope, c);
      Tensor magnitude = scope.empty(DType.FLOAT64, c.shape());
      copyMagnitude(c, magnitude);
      p.run(REFERENCE, wide(scope, a), wide(scope, b), expected);
      Product positive =
          new Product(
              DType.FLOAT64,
              p.m(),
              p.n(),
              p.k(),
              p.transposes(),
              Math.abs(p.alpha()),
              Math.abs(p.beta()),
              p.padding());
      positive.run(REFERENCE, magnitude(scope, a), magnitude(scope, b), magnitude);
      Tensor again = scope.copyOf(c);
      p.run(gemm, a, b, c);
      p.run(gemm, a, b, again);
      assertArrayEquals(c.toDoubleArray(), again.toDoubleArray(), p + " again");
      compare(p, expected.toDoubleArray(), magnitude.toDoubleArray(), c.toDoubleArray());
    }
  }

  /**
   * The k products of an element may be added in any order: at most k roundings for each term, and
   * three for alpha, beta and the last addition, and as many in the reference itself where the data
   * is float64, hence the 2; a cut depth adds fewer than 32. Elements outside are unchanged.
   */
  private static void compare(Product p, double[] expected, double[] magnitude, double[] found) {
    double unit = p.dtype() == DType.FLOAT64 ? 0x1p-53 : 0x1p-24;
    for (int at = 0; at < found.length; at++) {
      boolean outside = at < Product.OFFSET || (at - Product.OFFSET) % p.ldc() >= p.n();
      double bound = outside ? 0 : 2 * (p.k() + 35) * unit * magnitude[at];
      double error = Math.abs(found[at] - expected[at]);
      int element = at;
      assertTrue(
          error <= bound,
          () ->
              "seed %d, %s, element %d: error %g, bound %g"
                  .formatted(SEED, p, element, error, bound));
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void multipliesBatches(Kernels kernels, DType dtype) {
    Random random = new Random(SEED);
    for (int transposes = 0; transposes < 4; transposes++) {
      for (int[] size : new int[][] {{3, 7, 33, 31}, {600, 5, 9, 4}, {2, 1, 8, 700}}) {
        boolean transposeA = (transposes & 1) != 0;
        boolean transposeB = (transposes & 2) != 0;
        try (Scope scope = Scope.open()) {
          int batch = size[0];
          int m = size[1];
          int n = size[2];
          int k = size[3];
          Tensor a = random(scope, random, dtype, (long) batch * m * k);
          Tensor b = random(scope, random, dtype, (long) batch * k * n);
          Tensor c = random(scope, random, dtype, (long) batch * m * n);
          Tensor expected = wide(scope, c);
          REFERENCE.batch(
              transposeA,
              transposeB,
              batch,
              m,
              n,
              k,
              2,
              wide(scope, a),
              wide(scope, b),
              0.5,
              expected);
          kernels.gemm().batch(transposeA, transposeB, batch, m, n, k, 2, a, b, 0.5, c);
          double unit = dtype == DType.FLOAT64 ? 0x1p-53 : 0x1p-24;
          double[] want = expected.toDoubleArray();
          double[] have = c.toDoubleArray();
          for (int i = 0; i < want.length; i++) {
            // No input exceeds 1; the roundings are those of the single product.
            double bound = 2 * (k + 35) * unit * (2 * k + 0.5);
            double error = Math.abs(want[i] - have[i]);
            assertTrue(error <= bound, "seed " + SEED + ", element " + i + ": " + error);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void betaZeroDoesNotReadTheOldResult(Kernels kernels, DType dtype) {
    try (Scope scope = Scope.open()) {
      for (int k : new int[] {20, 600}) {
        Tensor ones = scope.ones(dtype, 20, k);
        Tensor c = scope.empty(dtype, 20, 20);
        c.fill(Double.NaN);
        kernels.gemm().gemm(false, true, 20, 20, k, 1, ones, 0, k, ones, 0, k, 0, c, 0, 20);
        for (double value : c.toDoubleArray()) {
          assertEquals(k, value);
        }
      }
    }
  }

  /** A NaN reaches the row that it is in, and no other. */
  @ParameterizedTest
  @MethodSource("kernels")
  void keepsNanInItsRow(Kernels kernels, DType dtype) {
    try (Scope scope = Scope.open()) {
      Tensor a = scope.ones(dtype, 9, 19);
      Tensor b = scope.ones(dtype, 19, 11);
      Tensor c = scope.empty(dtype, 9, 11);
      a.slice(8, 9).fill(Double.NaN);
      kernels.gemm().gemm(false, false, 9, 11, 19, 1, a, 0, 19, b, 0, 11, 0, c, 0, 11);
      double[] got = c.toDoubleArray();
      for (int i = 0; i < got.length; i++) {
        assertEquals(i / 11 == 8 ? Double.NaN : 19, got[i], "element " + i);
      }
    }
  }

  /** A chain stays on the device: what the host would see in between is not needed. */
  @ParameterizedTest
  @MethodSource("kernels")
  void chainsOnTheDevice(Kernels kernels, DType dtype) {
    try (Scope scope = Scope.open()) {
      Tensor a = scope.full(0.5, dtype, Shape.of(12, 12));
      Tensor b = scope.emptyLike(a);
      Tensor c = scope.emptyLike(a);
      kernels.gemm().gemm(false, false, 12, 12, 12, 1, a, 0, 12, a, 0, 12, 0, b, 0, 12);
      kernels.gemm().gemm(true, false, 12, 12, 12, 1, a, 0, 12, b, 0, 12, 0, c, 0, 12);
      assertNotNull(b.storage().deviceSide());
      for (double value : c.toDoubleArray()) {
        assertEquals(18, value);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void theDevicesClockCountsIt(Kernels kernels, DType dtype) {
    try (Scope scope = Scope.open()) {
      Tensor a = scope.ones(dtype, 64, 64);
      Tensor c = scope.emptyLike(a);
      Runnable product =
          () -> kernels.gemm().gemm(false, false, 64, 64, 64, 1, a, 0, 64, a, 0, 64, 0, c, 0, 64);
      product.run();
      Map<String, Long> times = new ClClock(CONTEXT).time(product);
      assertEquals(1, times.size(), times.toString());
      times.values().forEach(time -> assertTrue(time > 0, times.toString()));
    }
  }

  /** Both views start at one address, and the second is longer than the first. */
  @ParameterizedTest
  @MethodSource("kernels")
  void multipliesViewsThatStartTogether(Kernels kernels, DType dtype) {
    try (Scope scope = Scope.open()) {
      Tensor all = random(scope, new Random(SEED), dtype, 4096);
      Tensor row = all.slice(1024, 1024 + 32);
      Tensor square = all.slice(1024, 1024 + 32 * 32);
      Tensor c = scope.empty(dtype, 32);
      Tensor expected = scope.empty(DType.FLOAT64, 32);
      REFERENCE.gemm(
          false,
          false,
          1,
          32,
          32,
          1,
          wide(scope, row),
          0,
          32,
          wide(scope, square),
          0,
          32,
          0,
          expected,
          0,
          32);
      kernels.gemm().gemm(false, false, 1, 32, 32, 1, row, 0, 32, square, 0, 32, 0, c, 0, 32);
      double unit = dtype == DType.FLOAT64 ? 0x1p-53 : 0x1p-24;
      assertArrayEquals(expected.toDoubleArray(), c.toDoubleArray(), 2 * 35 * unit * 32);
    }
  }

  private static Tensor random(Scope scope, Random random, DType dtype, long elements) {
    Tensor tensor = scope.empty(dtype, elements);
    tensor.copyFrom(random.doubles(elements, -1, 1).toArray());
    return tensor;
  }

  private static Tensor wide(Scope scope, Tensor x) {
    Tensor copy = scope.empty(DType.FLOAT64, x.shape());
    copy.copyFrom(x);
    return copy;
  }

  private static Tensor magnitude(Scope scope, Tensor x) {
    Tensor copy = scope.empty(DType.FLOAT64, x.shape());
    copyMagnitude(x, copy);
    return copy;
  }

  private static void copyMagnitude(Tensor x, Tensor to) {
    double[] values = x.toDoubleArray();
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.abs(values[i]);
    }
    to.copyFrom(values);
  }
}
