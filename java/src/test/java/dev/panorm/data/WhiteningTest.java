package dev.panorm.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.panorm.DType;
import dev.panorm.Panorm;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.internal.random.Philox;
import dev.panorm.testkit.BackendTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Row N75 of the lecture notes, and whitening by principal components. */
final class WhiteningTest {

  private static final int THREADS = Panorm.threads();

  /** See EighTest: a decomposition is exact for a matrix that differs by 50·d·2^−52 of its size. */
  private static final double EIGH = 50;

  @SuppressWarnings("NullAway.Init") // jqwik's hook or JUnit's, whichever runs the test
  private Scope scope;

  @BeforeTry
  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterTry
  @AfterEach
  void close() {
    scope.close();
    Panorm.setThreads(THREADS);
  }

  static List<String> backends() {
    return List.of("reference", "openblas");
  }

  /** Mean 0, covariance [[2.5, 1.5], [1.5, 2.5]]: λ = 4 along (1, 1), 1 along (1, −1). */
  private Tensor cross() {
    return scope.of(new double[] {2, 2, -2, -2, 1, -1, -1, 1}, 4, 2);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void zcaIsTheNotesFormula(String backend) {
    BackendTest.on(
        backend,
        () -> {
          ZcaWhitening zca = ZcaWhitening.fit(scope, cross(), 0);
          double bound = 2 * EIGH * 0x1p-52 * 4;
          assertArrayEquals(new double[] {4, 1}, zca.eigenvalues().toDoubleArray(), bound);
          assertArrayEquals(
              new double[] {0.75, -0.25, -0.25, 0.75}, zca.matrix().toDoubleArray(), bound);
          Tensor validation = scope.of(new double[] {3, 1}, 1, 2);
          assertArrayEquals(
              new double[] {2, 0}, zca.apply(scope, validation).toDoubleArray(), 4 * bound);
          // ε = 5: (4 + 5)^(−1/2) = 1/3 and (1 + 5)^(−1/2).
          double s = 1 / Math.sqrt(6);
          assertArrayEquals(
              new double[] {(1.0 / 3 + s) / 2, (1.0 / 3 - s) / 2},
              ZcaWhitening.fit(scope, cross(), 5).matrix().slice(0, 1).toDoubleArray(),
              bound);
        });
  }

  @ParameterizedTest
  @MethodSource("backends")
  void pcaGivesComponentsStrongestFirst(String backend) {
    BackendTest.on(
        backend,
        () -> {
          PcaWhitening pca = PcaWhitening.fit(scope, cross(), 0);
          double[] y = pca.apply(scope, cross()).toDoubleArray();
          double root = Math.sqrt(2);
          double bound = 2 * EIGH * 0x1p-52 * 4;
          assertArrayEquals(
              new double[] {root, 0, -root, 0},
              Arrays.copyOf(y, 4),
              bound,
              "(2, 2) is √8 along (1, 1), of deviation 2");
          assertEquals(root, Math.abs(y[5]), bound);
          assertEquals(-y[5], y[7], bound);
        });
  }

  /** Features that hang together: each is noise of its own and half of the next one's. */
  private Tensor correlated(DType dtype, long seed, int samples, int features) {
    double[] values = new double[samples * features];
    for (int n = 0; n < samples; n++) {
      for (int f = 0; f < features; f++) {
        double own = Philox.normal(seed, n, f);
        double shared = Philox.normal(seed, n, (f + 1L) % features);
        values[n * features + f] = 5 + f + own + 0.5 * shared;
      }
    }
    Tensor x = scope.empty(dtype, samples, features);
    x.copyFrom(values);
    return x;
  }

  /**
   * With ε = 0, W·Ĉ·Wᵀ = I for the matrix Ĉ that was decomposed exactly. It differs from C by 2·n·u
   * of the sums that C is made of, whose size is at most tr C, and by what eigh adds, 50·d·2^−52 of
   * at most tr C: W·(C − Ĉ)·Wᵀ is at most that over the smallest λ. The product with W adds 2·d·u·κ
   * with κ = tr C / λ, measuring 2·n·u; (2·n + 100·d)·2^−52·κ is above them all. In float32,
   * rounding y changes mean(y_i·y_j) by at most 2·2^−24·mean|y_i·y_j| ≤ 2^−23, to the first order,
   * and by less than 2^−22 in all.
   */
  @Property(tries = 60)
  void whitenedTrainingDataHaveTheIdentityForCovariance(
      @ForAll long seed,
      @ForAll @IntRange(min = 2, max = 12) int features,
      @ForAll @IntRange(min = 50, max = 400) int samples,
      @ForAll boolean wide,
      @ForAll boolean zca) {
    DType dtype = wide ? DType.FLOAT64 : DType.FLOAT32;
    Tensor x = correlated(dtype, seed, samples, features);
    Whitening whitening = zca ? ZcaWhitening.fit(scope, x, 0) : PcaWhitening.fit(scope, x, 0);
    double[] lambda = whitening.eigenvalues().toDoubleArray();
    double condition = Arrays.stream(lambda).sum() / lambda[features - 1];
    double bound = (2 * samples + 2 * EIGH * features) * 0x1p-52 * condition + (wide ? 0 : 0x1p-22);
    double[][] covariance = covariance(whitening.apply(scope, x));
    for (int i = 0; i < features; i++) {
      for (int j = 0; j < features; j++) {
        assertEquals(i == j ? 1 : 0, covariance[i][j], bound);
      }
    }
  }

  private static double[][] covariance(Tensor y) {
    int n = (int) y.dim(0);
    int d = (int) y.dim(1);
    double[] mean = new Statistics(y, d).mean();
    double[] values = y.toDoubleArray();
    double[][] covariance = new double[d][d];
    for (int s = 0; s < n; s++) {
      for (int i = 0; i < d; i++) {
        for (int j = 0; j < d; j++) {
          covariance[i][j] += (values[s * d + i] - mean[i]) * (values[s * d + j] - mean[j]) / n;
        }
      }
    }
    return covariance;
  }

  /**
   * With κ² = (λ_1 + ε) / (λ_d + ε): a relative error δ of y comes back as at most κ·δ·‖x − μ‖. In
   * float64 both products and R·W = I are within 100·d·2^−52 of that; y and the result are rounded
   * to the data's type besides.
   */
  @Property(tries = 60)
  void inverseUndoesApply(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 12) int features,
      @ForAll @IntRange(min = 30, max = 100) int samples,
      @ForAll @DoubleRange(min = 0, max = 1) double epsilon,
      @ForAll boolean wide,
      @ForAll boolean zca) {
    Tensor x = correlated(wide ? DType.FLOAT64 : DType.FLOAT32, seed, samples, features);
    Tensor other = correlated(wide ? DType.FLOAT64 : DType.FLOAT32, seed + 1, 7, features);
    Whitening whitening =
        zca ? ZcaWhitening.fit(scope, x, epsilon) : PcaWhitening.fit(scope, x, epsilon);
    double[] lambda = whitening.eigenvalues().toDoubleArray();
    double kappa = Math.sqrt((lambda[0] + epsilon) / (lambda[features - 1] + epsilon));
    double unit = wide ? 0x1p-53 : 0x1p-24;
    for (Tensor data : List.of(x, other)) {
      double largest = 0;
      double norm = 0;
      double[] mean = whitening.mean().toDoubleArray();
      double[] values = data.toDoubleArray();
      for (int n = 0; n < data.dim(0); n++) {
        double square = 0;
        for (int f = 0; f < features; f++) {
          double value = values[n * features + f];
          largest = Math.max(largest, Math.abs(value));
          square += (value - mean[f]) * (value - mean[f]);
        }
        norm = Math.max(norm, Math.sqrt(square));
      }
      double bound =
          2 * EIGH * features * 0x1p-52 * kappa * norm + 2 * unit * (kappa * norm + largest);
      assertArrayEquals(
          values, whitening.inverse(scope, whitening.apply(scope, data)).toDoubleArray(), bound);
    }
  }

  /** An element of HᵀH is within d·u·Σ|h_ki·h_kj| ≤ d·u·√(w_ii·w_jj), two differ by twice that. */
  @Property(tries = 30)
  void zcaIsSymmetric(@ForAll long seed, @ForAll @IntRange(min = 2, max = 40) int features) {
    Tensor x = correlated(DType.FLOAT32, seed, 100, features);
    double[] w = ZcaWhitening.fit(scope, x, 0.1).matrix().toDoubleArray();
    for (int i = 0; i < features; i++) {
      for (int j = 0; j < i; j++) {
        double size = Math.sqrt(w[i * features + i] * w[j * features + j]);
        assertEquals(w[i * features + j], w[j * features + i], features * 0x1p-52 * size);
      }
    }
  }

  @Test
  void epsilonShrinksWeakComponentsMost() {
    Tensor x = correlated(DType.FLOAT64, 75, 200, 4);
    PcaWhitening pca = PcaWhitening.fit(scope, x, 0.1);
    double[] lambda = pca.eigenvalues().toDoubleArray();
    double[][] covariance = covariance(pca.apply(scope, x));
    for (int i = 0; i < 4; i++) {
      assertEquals(lambda[i] / (lambda[i] + 0.1), covariance[i][i], 1000 * 0x1p-52);
    }
  }

  @Test
  void imagesStayImages() {
    Tensor x = RandomData.normal(scope, DType.FLOAT32, 3, 40, 2, 2, 3);
    ZcaWhitening zca = ZcaWhitening.fit(scope, x, 0.1);
    assertEquals(Shape.of(40, 2, 2, 3), zca.apply(scope, x).shape());
    PcaWhitening pca = PcaWhitening.fit(scope, x, 0.1, 5);
    Tensor components = pca.apply(scope, x);
    assertEquals(Shape.of(40, 5), components.shape());
    assertEquals(x.shape(), pca.inverse(scope, components).shape());
    Tensor inPlace = scope.copyOf(x);
    zca.apply(inPlace, inPlace);
    assertArrayEquals(zca.apply(scope, x).toFloatArray(), inPlace.toFloatArray());
  }

  @Test
  void fewSamplesAllowAsManyComponentsAsTheyHaveDirections() {
    // Five points span four directions: whitened on those, nothing is lost. As in
    // inverseUndoesApply
    // with ‖x − μ‖ below 50 and κ below 20.
    Tensor x = RandomData.normal(scope, DType.FLOAT64, 11, 5, 20);
    double bound = 2 * EIGH * 20 * 0x1p-52 * 1000;
    ZcaWhitening zca = ZcaWhitening.fit(scope, x, 0, 4);
    assertArrayEquals(
        x.toDoubleArray(), zca.inverse(scope, zca.apply(scope, x)).toDoubleArray(), bound);
    PcaWhitening pca = PcaWhitening.fit(scope, x, 0, 4);
    assertArrayEquals(
        x.toDoubleArray(), pca.inverse(scope, pca.apply(scope, x)).toDoubleArray(), bound);
  }

  @Test
  void moreRankThanTheDataHaveIsRefusedAndNothingIsLeft() {
    Tensor x = RandomData.normal(scope, DType.FLOAT32, 11, 5, 20);
    Tensor constant = scope.full(3, DType.FLOAT32, Shape.of(9, 2));
    long live = Panorm.memory().liveBytes();
    refused(
        "ZcaWhitening.fit: number of samples is 5, expected at least the rank asked, 20",
        () -> ZcaWhitening.fit(scope, x, 0.1));
    refused(
        "PcaWhitening.fit: number of samples is 5, expected at least the rank asked, 6",
        () -> PcaWhitening.fit(scope, x, 0.1, 6));
    refused(
        "PcaWhitening.fit: rank of x's covariance is 4, expected at least the rank asked, 5, or a"
            + " larger epsilon than 0.0",
        () -> PcaWhitening.fit(scope, x, 0, 5));
    refused(
        "ZcaWhitening.fit: rank of x's covariance is 0, expected at least the rank asked, 2, or a"
            + " larger epsilon than 0.0",
        () -> ZcaWhitening.fit(scope, constant, 0));
    assertEquals(live, Panorm.memory().liveBytes());
    assertArrayEquals(
        new float[2],
        ZcaWhitening.fit(scope, constant, 0.1).apply(scope, constant.slice(0, 1)).toFloatArray());
  }

  @Test
  void badArgumentsAreNamed() {
    Tensor x = cross();
    ZcaWhitening zca = ZcaWhitening.fit(scope, x, 0.1);
    PcaWhitening pca = PcaWhitening.fit(scope, x, 0.1, 1);
    refused(
        "ZcaWhitening.fit: epsilon is -1.0, expected a finite number, 0 or more",
        () -> ZcaWhitening.fit(scope, x, -1));
    refused(
        "ZcaWhitening.fit: epsilon is NaN, expected a finite number, 0 or more",
        () -> ZcaWhitening.fit(scope, x, Double.NaN));
    refused("PcaWhitening.fit: rank is 0, expected 1 to 2", () -> PcaWhitening.fit(scope, x, 0, 0));
    refused("PcaWhitening.fit: rank is 3, expected 1 to 2", () -> PcaWhitening.fit(scope, x, 0, 3));
    refused(
        "ZcaWhitening.fit: x's mean 1 is NaN, expected finite values",
        () -> ZcaWhitening.fit(scope, scope.of(new double[] {1, Double.NaN, 2, 3}, 2, 2), 1));
    refused(
        "ZcaWhitening.fit: x's shape is [8], expected [samples, features...] with at least one of"
            + " each",
        () -> ZcaWhitening.fit(scope, x.view(8), 1));
    refused(
        "ZcaWhitening.apply: x's shape is [2, 4], expected samples of [2]",
        () -> zca.apply(x.view(2, 4), x.view(2, 4)));
    refused(
        "PcaWhitening.inverse: y's shape is [4, 2], expected samples of [1]",
        () -> pca.inverse(x, x));
    refused("PcaWhitening.apply: y has shape [4, 2], expected [4, 1]", () -> pca.apply(x, cross()));
    refused(
        "PcaWhitening.apply: y overlaps x in memory, expected memory of its own",
        () -> pca.apply(x, x.view(8, 1).slice(0, 4)));
    assertArrayEquals(cross().toDoubleArray(), x.toDoubleArray(), "nothing was written");
  }

  @Test
  void aSavedWhiteningIsTheSame(@TempDir Path folder) throws IOException {
    Tensor x = RandomData.normal(scope, DType.FLOAT32, 5, 30, 2, 2, 2);
    Path zcaFile = folder.resolve("zca.safetensors");
    Path pcaFile = folder.resolve("pca.safetensors");
    ZcaWhitening zca = ZcaWhitening.fit(scope, x, 0.1);
    PcaWhitening pca = PcaWhitening.fit(scope, x, 0.1, 3);
    zca.save(zcaFile);
    pca.save(pcaFile);
    assertSame(zca, ZcaWhitening.load(scope, zcaFile), x);
    assertSame(pca, PcaWhitening.load(scope, pcaFile), x);
    assertEquals(
        "load: " + pcaFile + ": transform is PcaWhitening, expected ZcaWhitening",
        assertThrows(IOException.class, () -> ZcaWhitening.load(scope, pcaFile)).getMessage());
  }

  private void assertSame(Whitening saved, Whitening loaded, Tensor x) {
    Tensor y = saved.apply(scope, x);
    assertArrayEquals(y.toFloatArray(), loaded.apply(scope, x).toFloatArray());
    assertArrayEquals(
        saved.inverse(scope, y).toFloatArray(), loaded.inverse(scope, y).toFloatArray());
    assertArrayEquals(saved.eigenvalues().toDoubleArray(), loaded.eigenvalues().toDoubleArray());
  }

  @Test
  void theNumberOfThreadsChangesNoBit() {
    Tensor x = RandomData.normal(scope, DType.FLOAT32, 8, 3000, 40);
    Panorm.setThreads(1);
    float[] expected = ZcaWhitening.fit(scope, x, 0.1).apply(scope, x).toFloatArray();
    for (int threads = 2; threads < 4; threads++) {
      Panorm.setThreads(threads);
      assertArrayEquals(expected, ZcaWhitening.fit(scope, x, 0.1).apply(scope, x).toFloatArray());
    }
  }

  private static void refused(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }
}
