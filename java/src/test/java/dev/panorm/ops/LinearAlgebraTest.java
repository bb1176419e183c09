package dev.panorm.ops;

import dev.panorm.Shape;
import dev.panorm.testkit.Oracle;
import dev.panorm.testkit.Oracle.Input;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LinearAlgebraTest {

  private static final String CPU = "dev.panorm.testkit.BackendTest#cpu";

  /** What the goldens allow: sums of up to 400 products in float32 stay well below. */
  private static final double BOUND = 1e-6;

  private static final long[][] SIZES = {{7, 5, 3}, {1, 17, 1}, {33, 65, 129}, {3, 4, 400}};

  private static Input matrix(long seed, boolean transpose, long batch, long rows, long columns) {
    long first = transpose ? columns : rows;
    long second = transpose ? rows : columns;
    return batch == 0
        ? Input.normal(seed, 0.5, 1, first, second)
        : Input.normal(seed, 0.5, 1, batch, first, second);
  }

  @ParameterizedTest
  @MethodSource(CPU)
  void productsMatchFloat64(String backend) {
    for (long[] size : SIZES) {
      for (int transposes = 0; transposes < 4; transposes++) {
        boolean ta = (transposes & 1) != 0;
        boolean tb = (transposes & 2) != 0;
        Oracle.agrees(
            backend,
            BOUND,
            Shape.of(size[0], size[1]),
            (in, c) -> LinearAlgebra.mm(ta, tb, in[0], in[1], c),
            matrix(1, ta, 0, size[0], size[2]),
            matrix(2, tb, 0, size[2], size[1]));
        Oracle.agrees(
            backend,
            BOUND,
            Shape.of(5, size[0], size[1]),
            (in, c) -> {
              c.copyFrom(in[2]);
              LinearAlgebra.bmm(ta, tb, 0.5, in[0], in[1], -2, c);
            },
            matrix(1, ta, 5, size[0], size[2]),
            matrix(2, tb, 5, size[2], size[1]),
            Input.normal(3, 5, 1, 5, size[0], size[1]));
      }
    }
  }

  @ParameterizedTest
  @MethodSource(CPU)
  void linearAndItsGradientsMatchFloat64(String backend) {
    for (long[] size : SIZES) {
      long rows = size[0];
      long out = size[1];
      long in = size[2];
      Input x = Input.normal(1, 0.5, 1, rows, in);
      Input weight = Input.normal(2, 0.5, 1, out, in);
      Input dy = Input.normal(4, 0.5, 1, rows, out);
      Oracle.agrees(
          backend,
          BOUND,
          Shape.of(rows, out),
          (t, y) -> LinearAlgebra.linear(t[0], t[1], t[2], y),
          x,
          weight,
          Input.normal(3, 0, 1, out));
      Oracle.agrees(
          backend,
          BOUND,
          x.shape(),
          (t, dx) -> LinearAlgebra.linearBackward(t[0], t[1], t[2], dx, null, null),
          x,
          weight,
          dy);
      Oracle.agrees(
          backend,
          BOUND,
          weight.shape(),
          (t, dw) -> LinearAlgebra.linearBackward(t[0], t[1], t[2], null, dw, null),
          x,
          weight,
          dy);
      Oracle.agrees(
          backend,
          BOUND,
          Shape.of(out),
          (t, db) -> LinearAlgebra.linearBackward(t[0], t[1], t[2], null, null, db),
          x,
          weight,
          dy);
    }
  }

  @ParameterizedTest
  @MethodSource(CPU)
  void sumsOverNothingAreZero(String backend) {
    Oracle.agrees(
        backend,
        0,
        Shape.of(2, 3),
        (in, c) -> LinearAlgebra.mm(false, false, in[0], in[1], c),
        Input.normal(1, 0, 1, 2, 0),
        Input.normal(1, 0, 1, 0, 3));
    Oracle.agrees(
        backend,
        0,
        Shape.of(3, 2),
        (t, dw) -> LinearAlgebra.linearBackward(t[0], t[1], t[2], null, dw, null),
        Input.normal(1, 0, 1, 0, 2),
        Input.normal(1, 0, 1, 3, 2),
        Input.normal(1, 0, 1, 0, 3));
  }
}
