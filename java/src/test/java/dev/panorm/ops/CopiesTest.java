package dev.panorm.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.testkit.Oracle;
import dev.panorm.testkit.Oracle.Input;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CopiesTest {

  private static final String CPU = "dev.panorm.testkit.BackendTest#cpu";

  private static final int[][] ORDERS = {
    {0, 2, 3, 1}, {0, 3, 1, 2}, {3, 2, 1, 0}, {1, 0, 2, 3}, {0, 1, 3, 2}, {0, 1, 2, 3}
  };

  @ParameterizedTest
  @MethodSource(CPU)
  void permutationsMoveEachElement(String backend) {
    for (long[] dims : new long[][] {{2, 3, 5, 7}, {1, 33, 65, 2}, {3, 1, 1, 70}}) {
      Input x = Input.normal(1, 0, 1, dims);
      for (int[] order : ORDERS) {
        long[] sizes = new long[4];
        for (int i = 0; i < 4; i++) {
          sizes[i] = dims[order[i]];
        }
        Oracle.agrees(backend, 0, Shape.of(sizes), (in, y) -> Copies.permute(in[0], order, y), x);
      }
    }
    Oracle.agrees(
        backend,
        0,
        Shape.of(401, 300),
        (in, y) -> Copies.transpose(in[0], y),
        Input.normal(1, 0, 1, 300, 401));
  }

  @ParameterizedTest
  @MethodSource(CPU)
  void expandRepeats(String backend) {
    long[][][] shapes = {
      {{3, 1, 5}, {3, 4, 5}},
      {{1}, {7}},
      {{}, {2, 3}},
      {{4, 1}, {2, 4, 60}},
      {{300}, {200, 300}},
      {{3, 1, 5, 1}, {3, 4, 5, 60}},
      {{3, 1, 5, 1}, {2, 3, 4, 5, 6}}
    };
    for (long[][] shape : shapes) {
      Oracle.agrees(
          backend,
          0,
          Shape.of(shape[1]),
          (in, y) -> Copies.expand(in[0], y),
          Input.normal(1, 0, 1, shape[0]));
    }
  }

  @Test
  void elementsGoWhereTheOrderSays() {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.of(new double[] {1, 2, 3, 4, 5, 6}, 2, 3);
      Tensor y = scope.empty(DType.FLOAT64, 3, 2);
      Copies.transpose(x, y);
      assertArrayEquals(new double[] {1, 4, 2, 5, 3, 6}, y.toDoubleArray());
      Tensor both = scope.empty(DType.FLOAT64, 4, 3);
      Copies.concat(new Tensor[] {x, x}, both);
      assertArrayEquals(new double[] {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6}, both.toDoubleArray());
      Tensor wide = scope.empty(DType.FLOAT64, 2, 2, 3);
      Copies.expand(x, wide);
      assertArrayEquals(both.toDoubleArray(), wide.toDoubleArray());
    }
  }
}
