package dev.panorm.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.testkit.BackendTest;
import dev.panorm.testkit.Oracle;
import dev.panorm.testkit.Oracle.Input;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReductionsTest {

  private static final String CPU = "dev.panorm.testkit.BackendTest#cpu";

  /** Sums are kept in float64, so that only the rounding of the result is left: 2^-24 of it. */
  private static final double BOUND = 0x1p-23;

  /** x and y: rows, columns, channels, everything, nothing; more than one block of each. */
  private static final long[][][] SHAPES = {
    {{5, 37}, {5, 1}},
    {{5, 37}, {37}},
    {{5, 37}, {}},
    {{5, 37}, {5, 37}},
    {{3, 4, 5, 6}, {4, 1, 1}},
    {{3, 4, 30}, {3, 1, 30}},
    {{70_001}, {1}},
    {{3, 40_001}, {3, 1}},
    {{4097, 33}, {33}},
    {{2, 3000, 21}, {2, 1, 21}},
    {{70, 3, 999}, {3, 1}},
    {{1, 1}, {1, 1}},
    {{3, 4, 50, 6}, {3, 1, 50, 1}},
    {{2, 3, 4, 5, 60}, {3, 1, 5, 1}},
  };

  @ParameterizedTest
  @MethodSource(CPU)
  void reductionsMatchFloat64(String backend) {
    for (long[][] shapes : SHAPES) {
      // A mean of one keeps sums away from zero, which the bound is relative to.
      Input x = Input.normal(7, 1, 2, shapes[0]);
      Shape y = Shape.of(shapes[1]);
      Oracle.agrees(backend, BOUND, y, (in, to) -> Reductions.sum(in[0], to), x);
      Oracle.agrees(backend, BOUND, y, (in, to) -> Reductions.mean(in[0], to), x);
      Oracle.agrees(backend, BOUND, y, (in, to) -> Reductions.sumOfSquares(in[0], to), x);
      Oracle.agrees(backend, 0, y, (in, to) -> Reductions.max(in[0], to), x);
      Oracle.agrees(backend, 0, y, (in, to) -> Reductions.min(in[0], to), x);
    }
  }

  /** Dimensions 0, 2 and 4 of [2, 3, 2, 2, 3] stay, or those between; against sums by hand. */
  @Test
  void dimensionsThatStayAndGoMayAlternate() {
    long[] dims = {2, 3, 2, 2, 3};
    try (Scope scope = Scope.open()) {
      Tensor x = scope.empty(DType.FLOAT64, dims);
      x.fill(i -> (i * 7 % 31) - 10);
      for (int parity = 0; parity < 2; parity++) {
        long[] kept = dims.clone();
        for (int d = 0; d < dims.length; d++) {
          kept[d] = d % 2 == parity ? dims[d] : 1;
        }
        Tensor y = scope.empty(DType.FLOAT64, kept);
        double[] sums = new double[(int) y.elements()];
        double[] squares = new double[sums.length];
        double[] largest = new double[sums.length];
        Arrays.fill(largest, Double.NEGATIVE_INFINITY);
        for (int i = 0; i < x.elements(); i++) {
          int at = position(i, dims, kept);
          sums[at] += x.get(i);
          squares[at] += x.get(i) * x.get(i);
          largest[at] = Math.max(largest[at], x.get(i));
        }
        double share = (double) sums.length / x.elements();
        Reductions.sum(x, y);
        assertArrayEquals(sums, y.toDoubleArray()); // whole numbers
        Reductions.sumOfSquares(x, y);
        assertArrayEquals(squares, y.toDoubleArray());
        Reductions.max(x, y);
        assertArrayEquals(largest, y.toDoubleArray());
        Reductions.mean(x, y);
        double[] means = Arrays.stream(sums).map(sum -> sum * share).toArray();
        assertArrayEquals(means, y.toDoubleArray(), 1e-14);
      }
    }
  }

  /** Where element i of dims belongs when the dimensions of size 1 in kept are reduced. */
  private static int position(int element, long[] dims, long[] kept) {
    int i = element;
    int at = 0;
    int stride = 1;
    for (int d = dims.length - 1; d >= 0; d--) {
      int index = (int) (i % dims[d]);
      i /= (int) dims[d];
      if (kept[d] > 1) {
        at += index * stride;
        stride *= (int) kept[d];
      }
    }
    return at;
  }

  @ParameterizedTest
  @MethodSource(CPU)
  void sumsThatCancelKeepTheirDigits(String backend) {
    try (Scope scope = Scope.open()) {
      float[] values = new float[100_000];
      for (int i = 0; i < values.length; i++) {
        values[i] = i % 2 == 0 ? 1e6f : -1e6f;
      }
      values[77] += 0.5f;
      Tensor x = scope.of(values);
      Tensor y = scope.empty(DType.FLOAT32, 1);
      BackendTest.on(backend, () -> Reductions.sum(x, y));
      assertEquals(0.5, y.item());
    }
  }

  @ParameterizedTest
  @MethodSource(CPU)
  void nanWinsExtrema(String backend) {
    try (Scope scope = Scope.open()) {
      float[] values = new float[100];
      values[63] = Float.NaN;
      Tensor x = scope.of(values, 2, 50);
      Tensor y = scope.empty(DType.FLOAT32, 2, 1);
      BackendTest.on(backend, () -> Reductions.max(x, y));
      assertEquals(0, y.get(0));
      assertTrue(Double.isNaN(y.get(1)));
      BackendTest.on(backend, () -> Reductions.min(x, y));
      assertTrue(Double.isNaN(y.get(1)));
    }
  }

  @ParameterizedTest
  @MethodSource(CPU)
  void argmaxTakesTheFirstOfEqualsAndNanBeforeAll(String backend) {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.of(new float[] {1, 3, 3, Float.NaN, 9, 0, -1, -1, -2}, 3, 3);
      Tensor rows = scope.empty(DType.INT64, 3);
      BackendTest.on(backend, () -> Reductions.argmax(x, 1, rows));
      assertArrayEquals(new long[] {1, 0, 0}, rows.toLongArray());
      BackendTest.on(backend, () -> Reductions.argmax(x, 0, rows));
      assertArrayEquals(new long[] {1, 1, 0}, rows.toLongArray());
    }
  }

  @Test
  void nothingToReduceGivesTheNeutralResult() {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.empty(DType.FLOAT64, 0, 3);
      Tensor y = scope.empty(DType.FLOAT64, 3);
      Reductions.sum(x, y);
      assertArrayEquals(new double[] {0, 0, 0}, y.toDoubleArray());
      Reductions.mean(x, y);
      assertTrue(Double.isNaN(y.get(2)));
    }
  }
}
