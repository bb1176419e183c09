package dev.panorm.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.internal.random.Philox;
import dev.panorm.testkit.BackendTest;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Eigenvectors of symmetric matrices, by LAPACK and by Jacobi's method. */
final class EighTest {

  private static final long SEED = 75;

  /**
   * A backward stable method gives the exact decomposition of a matrix that differs by p(n)·u·‖A‖,
   * with p modest; LAPACK's own tests of symmetric eigenproblems let ‖A − UΛUᵀ‖ / (n·ulp·‖A‖) and
   * ‖I − UUᵀ‖ / (n·ulp) pass up to 50.
   */
  private static final double MODEST = 50;

  @SuppressWarnings("NullAway.Init") // by open()
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  static List<String> backends() {
    return List.of("reference", "openblas");
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aMatrixThatIsKnown(String backend) {
    BackendTest.on(
        backend,
        () -> {
          Tensor a = scope.of(new double[] {2, 1, 1, 2}, 2, 2);
          Tensor values = scope.empty(DType.FLOAT64, 2);
          LinearAlgebra.eigh(a, values, a);
          assertArrayEquals(new double[] {1, 3}, values.toDoubleArray(), 4 * 0x1p-52);
          double half = Math.sqrt(0.5);
          assertEquals(half, Math.abs(a.get(0)), 0x1p-52);
          assertEquals(-a.get(0), a.get(1), 0x1p-52);
          assertArrayEquals(new double[] {half, half}, a.slice(1, 2).toDoubleArray(), 0x1p-52);
        });
  }

  @ParameterizedTest
  @MethodSource("backends")
  void randomMatricesAreRebuilt(String backend) {
    BackendTest.on(
        backend,
        () -> {
          for (DType dtype : List.of(DType.FLOAT32, DType.FLOAT64)) {
            for (int n : new int[] {1, 2, 3, 10, 33, 64}) {
              checkRebuilt(dtype, n, random(n, n));
              checkRebuilt(dtype, n, product(n, n));
              // Half of the eigenvalues are zero, and all of them are.
              checkRebuilt(dtype, n, product(n, n / 2));
              checkRebuilt(dtype, n, new double[n * n]);
            }
          }
        });
  }

  @ParameterizedTest
  @MethodSource("backends")
  void onlyTheUpperTriangleIsRead(String backend) {
    BackendTest.on(
        backend,
        () -> {
          Tensor whole = scope.of(new double[] {1, 2, 3, 2, 5, 6, 3, 6, 9}, 3, 3);
          Tensor upper = scope.of(new double[] {1, 2, 3, 77, 5, 6, 77, 77, 9}, 3, 3);
          Tensor expected = scope.empty(DType.FLOAT64, 3);
          Tensor values = scope.empty(DType.FLOAT64, 3);
          LinearAlgebra.eigh(whole, expected, whole);
          LinearAlgebra.eigh(upper, values, upper);
          assertArrayEquals(expected.toDoubleArray(), values.toDoubleArray());
        });
  }

  private static double[] random(int n, long stream) {
    double[] a = new double[n * n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        a[i * n + j] = Philox.normal(SEED, stream, i * n + j);
        a[j * n + i] = a[i * n + j];
      }
    }
    return a;
  }

  /** G·Gᵀ with G of this rank: no negative eigenvalues. */
  private static double[] product(int n, int rank) {
    double[] a = new double[n * n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        for (int k = 0; k < rank; k++) {
          a[i * n + j] += Philox.normal(SEED, n, i * n + k) * Philox.normal(SEED, n, j * n + k);
        }
      }
    }
    return a;
  }

  private void checkRebuilt(DType dtype, int n, double[] matrix) {
    double unit = dtype == DType.FLOAT64 ? 0x1p-52 : 0x1p-23;
    Tensor a = scope.empty(dtype, n, n);
    a.copyFrom(matrix);
    double[] original = a.toDoubleArray();
    Tensor values = scope.empty(dtype, n);
    Tensor vectors = scope.empty(dtype, n, n);
    LinearAlgebra.eigh(a, values, vectors);
    assertArrayEquals(original, a.toDoubleArray(), "a is only read");
    double[] lambda = values.toDoubleArray();
    double[] v = vectors.toDoubleArray();
    double size = 0;
    for (double element : original) {
      size += element * element;
    }
    double bound = MODEST * n * unit * Math.sqrt(size);
    for (int i = 0; i < n; i++) {
      assertTrue(i == 0 || lambda[i - 1] <= lambda[i], "ascending");
      assertTrue(largestIsPositive(v, i, n), "sign of vector " + i);
      for (int j = 0; j < n; j++) {
        double rebuilt = 0;
        double dot = 0;
        for (int k = 0; k < n; k++) {
          rebuilt += lambda[k] * v[k * n + i] * v[k * n + j];
          dot += v[i * n + k] * v[j * n + k];
        }
        assertEquals(original[i * n + j], rebuilt, bound, dtype + " " + n + ", seed " + SEED);
        assertEquals(i == j ? 1 : 0, dot, MODEST * n * unit, dtype + " " + n);
      }
    }
  }

  private static boolean largestIsPositive(double[] v, int row, int n) {
    double largest = 0;
    for (int j = 0; j < n; j++) {
      double component = v[row * n + j];
      largest = Math.abs(component) > Math.abs(largest) ? component : largest;
    }
    return largest > 0;
  }

  @Test
  void badArgumentsAreNamed() {
    Tensor a = scope.of(new double[] {2, 1, 1, Double.NaN}, 2, 2);
    Tensor values = scope.full(7, DType.FLOAT64, Shape.of(2));
    refused("eigh: a value of a is NaN, expected finite numbers", a, values, a);
    Tensor row = scope.zeros(DType.FLOAT64, 1, 4);
    refused("eigh: a's shape is [1, 4], expected a square matrix", row, values, row);
    Tensor good = scope.zeros(DType.FLOAT64, 2, 2);
    refused("eigh: values has shape [4], expected [2]", good, scope.zeros(DType.FLOAT64, 4), good);
    refused(
        "eigh: vectors has dtype float32, expected float64",
        good,
        values,
        scope.zeros(DType.FLOAT32, 2, 2));
    refused(
        "eigh: values overlaps a in memory, expected memory of its own",
        good,
        good.view(4).slice(0, 2),
        good);
    assertEquals(7, values.get(1), "nothing was written");
    Tensor empty = scope.empty(DType.FLOAT64, 0, 0);
    LinearAlgebra.eigh(empty, scope.empty(DType.FLOAT64, 0), empty);
  }

  private static void refused(String message, Tensor a, Tensor values, Tensor vectors) {
    Executable call = () -> LinearAlgebra.eigh(a, values, vectors);
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }
}
