package dev.panorm.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.Activation;
import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.testkit.BackendTest;
import dev.panorm.testkit.Oracle;
import dev.panorm.testkit.Oracle.Input;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("maps")
class ElementwiseTest {

  private static final String CPU = "dev.panorm.testkit.BackendTest#cpu";

  /** Sizes below, at and beyond a vector, and more than one part. */
  private static final long[] SIZES = {1, 7, 8, 17, 1000, 70_001};

  /**
   * Rounding to float32 is 6e-8 of each element; the vector functions are good to four times that.
   */
  private static final double BOUND = 4 * 0x1p-24;

  /** Slopes cancel, so several elements are needed for a largest one to measure errors by. */
  private static final double SLOPE_BOUND = 4 * BOUND;

  /** A function of one tensor. */
  private interface Function {
    void apply(Tensor x, Tensor y);
  }

  private static final Map<String, Function> ANYWHERE =
      Map.of(
          "neg", Elementwise::neg,
          "square", Elementwise::square,
          "abs", Elementwise::abs,
          "sign", Elementwise::sign,
          "erf", Elementwise::erf,
          "affine", (x, y) -> Elementwise.affine(x, 2.5, -1, y),
          "clamp", (x, y) -> Elementwise.clamp(x, -0.5, 0.75, y));

  private static final Map<String, Function> POSITIVE =
      Map.of(
          "log", Elementwise::log,
          "sqrt", Elementwise::sqrt,
          "rsqrt", Elementwise::rsqrt,
          "reciprocal", Elementwise::reciprocal,
          "exp", Elementwise::exp,
          "pow", (x, y) -> Elementwise.pow(x, 1.5, y));

  @ParameterizedTest
  @MethodSource(CPU)
  void functionsOfOneTensorMatchFloat64(String backend) {
    for (long n : SIZES) {
      ANYWHERE.forEach(
          (name, f) ->
              Oracle.agrees(
                  backend,
                  BOUND,
                  Shape.of(n),
                  (in, y) -> f.apply(in[0], y),
                  Input.normal(n, 0, 2, n)));
      POSITIVE.forEach(
          (name, f) ->
              Oracle.agrees(
                  backend,
                  BOUND,
                  Shape.of(n),
                  (in, y) -> f.apply(in[0], y),
                  Input.uniform(n, 0.01, 10, n)));
    }
  }

  @ParameterizedTest
  @MethodSource(CPU)
  void activationsMatchFloat64(String backend) {
    for (long n : new long[] {7, 8, 17, 1000, 70_001}) {
      Input x = Input.normal(n, 0, 3, n);
      Input dy = Input.normal(n + 1, 0, 1, n);
      for (Activation f : Activation.values()) {
        Shape shape = Shape.of(n);
        Oracle.agrees(backend, BOUND, shape, (in, y) -> Activations.forward(f, in[0], y), x);
        Oracle.agrees(
            backend,
            SLOPE_BOUND,
            shape,
            (in, y) -> Activations.backward(f, in[0], in[1], y),
            x,
            dy);
      }
    }
  }

  /** Two operands and the shape of the result; every way of repeating. */
  private static final long[][][] BROADCASTS = {
    {{5, 7}, {5, 7}},
    {{5, 37}, {37}},
    {{5, 37}, {5, 1}},
    {{5, 1}, {37}},
    {{5, 37}, {}},
    {{}, {5, 37}},
    {{3, 4, 5, 6}, {4, 1, 1}},
    {{3, 4, 30}, {3, 1, 30}},
    {{3, 1, 30}, {4, 1}},
    {{4, 1, 1}, {3, 4, 5, 6}},
    {{200, 300}, {300}},
    {{2, 3, 20_011}, {3, 1}},
    {{0, 4}, {4}},
    {{3, 4, 5, 6}, {3, 1, 5, 1}},
    {{3, 1, 5, 1}, {2, 3, 4, 1, 60}},
  };

  @ParameterizedTest
  @MethodSource(CPU)
  void functionsOfTwoTensorsBroadcast(String backend) {
    for (long[][] shapes : BROADCASTS) {
      Input a = Input.normal(1, 0, 1, shapes[0]);
      Input b = Input.uniform(2, 0.5, 2, shapes[1]);
      Shape shape = Elementwise.broadcast(a.shape(), b.shape());
      Oracle.agrees(backend, BOUND, shape, (in, y) -> Elementwise.add(in[0], in[1], y), a, b);
      Oracle.agrees(backend, BOUND, shape, (in, y) -> Elementwise.sub(in[0], in[1], y), a, b);
      Oracle.agrees(backend, BOUND, shape, (in, y) -> Elementwise.mul(in[0], in[1], y), a, b);
      Oracle.agrees(backend, BOUND, shape, (in, y) -> Elementwise.div(in[0], in[1], y), a, b);
      Oracle.agrees(backend, BOUND, shape, (in, y) -> Elementwise.maximum(in[0], in[1], y), a, b);
      Oracle.agrees(backend, BOUND, shape, (in, y) -> Elementwise.minimum(in[0], in[1], y), a, b);
      Oracle.agrees(backend, 0, shape, (in, y) -> Elementwise.greater(in[0], in[1], y), a, b);
      Oracle.agrees(backend, 0, shape, (in, y) -> Elementwise.equal(in[0], in[1], y), a, b);
    }
  }

  @ParameterizedTest
  @MethodSource(CPU)
  void aMaskSelectsWhateverStandsBehindIt(String backend) {
    double[] x = {Double.NaN, 1, Double.POSITIVE_INFINITY, -2, 3, Double.NaN, 4, 5, -0.0, 7};
    double[] mask = {0, 1, 0, 2, -0.0, 1, -1, 0, 1, Double.NaN};
    double[] expected = {0, 1, 0, -2, 0, Double.NaN, 4, 0, -0.0, 7};
    BackendTest.on(
        backend,
        () -> {
          try (Scope scope = Scope.open()) {
            Tensor kept = scope.empty(DType.FLOAT32, 10);
            kept.copyFrom(mask);
            Tensor y = scope.empty(DType.FLOAT32, 10);
            y.copyFrom(x);
            Elementwise.mask(y, kept, y);
            assertArrayEquals(expected, y.toDoubleArray());
          }
        });
  }

  @Test
  void broadcastPutsEachElementWhereNumPyDoes() {
    try (Scope scope = Scope.open()) {
      Tensor a = scope.of(new double[] {1, 2, 3, 4, 5, 6}, 2, 3);
      Tensor y = scope.empty(DType.FLOAT64, 2, 3);
      Elementwise.add(a, scope.of(new double[] {10, 20, 30}), y);
      assertArrayEquals(new double[] {11, 22, 33, 14, 25, 36}, y.toDoubleArray());
      Elementwise.add(a, scope.of(new double[] {10, 20}, 2, 1), y);
      assertArrayEquals(new double[] {11, 12, 13, 24, 25, 26}, y.toDoubleArray());
      Tensor deep = scope.empty(DType.FLOAT64, 2, 2, 2, 2);
      Tensor ones = scope.ones(DType.FLOAT64, 2, 2, 2, 2);
      Elementwise.mul(ones, scope.of(new double[] {1, 2, 3, 4}, 2, 1, 2, 1), deep);
      assertArrayEquals(
          new double[] {1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4}, deep.toDoubleArray());
    }
  }

  @ParameterizedTest
  @MethodSource(CPU)
  void updatesInPlace(String backend) {
    for (long n : SIZES) {
      Input x = Input.normal(1, 0, 1, n);
      Input start = Input.normal(2, 0, 1, n);
      Shape shape = Shape.of(n);
      Oracle.agrees(
          backend,
          BOUND,
          shape,
          (in, y) -> {
            y.copyFrom(in[1]);
            Elementwise.axpy(-0.25, in[0], y);
          },
          x,
          start);
      Oracle.agrees(
          backend,
          BOUND,
          shape,
          (in, y) -> {
            y.copyFrom(in[1]);
            Elementwise.lerp(0.1, in[0], y);
          },
          x,
          start);
      Oracle.agrees(backend, BOUND, shape, (in, y) -> Elementwise.axpby(3, in[0], 0, y), x);
    }
  }

  @ParameterizedTest
  @MethodSource(CPU)
  void specialValuesAreIeee(String backend) {
    float[] special = {
      Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0, -1, Float.MIN_VALUE, 1e-40f
    };
    checkSpecial(backend, special, Elementwise::exp, Math::exp);
    checkSpecial(backend, special, Elementwise::log, Math::log);
    checkSpecial(backend, special, Elementwise::sqrt, Math::sqrt);
    checkSpecial(backend, special, Elementwise::reciprocal, v -> 1 / v);
    checkSpecial(backend, special, Elementwise::sign, Math::signum);
    checkSpecial(
        backend,
        special,
        (x, y) -> Elementwise.clamp(x, -2, 2, y),
        v -> Math.min(Math.max(v, -2), 2));
    checkSpecial(backend, special, (x, y) -> Elementwise.maximum(x, x, y), v -> v);
  }

  private static void checkSpecial(
      String backend, float[] values, Function f, DoubleUnaryOperator expected) {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.of(values);
      Tensor y = scope.emptyLike(x);
      BackendTest.on(backend, () -> f.apply(x, y));
      float[] got = y.toFloatArray();
      for (int i = 0; i < values.length; i++) {
        float wanted = (float) expected.applyAsDouble(values[i]);
        // Denormal results may be off by the rounding of the last of two scalings: half a unit.
        double tolerance = Math.abs(wanted) * BOUND + Float.MIN_VALUE;
        boolean close = Math.abs((double) got[i] - wanted) <= tolerance;
        assertTrue(
            close || Float.compare(got[i], wanted) == 0,
            "of " + values[i] + ": " + got[i] + ", expected " + wanted);
      }
    }
  }

  @ParameterizedTest
  @MethodSource(CPU)
  void expAndLogHoldOverTheWholeRange(String backend) {
    // Each element by itself: an error of 2^-21 of it, eight units in the last place.
    try (Scope scope = Scope.open()) {
      float[] values = new float[4001];
      for (int i = 0; i < values.length; i++) {
        values[i] = (i - 2000) * 0.0431f; // to e^±86, all of them normal numbers
      }
      Tensor x = scope.of(values);
      Tensor y = scope.emptyLike(x);
      BackendTest.on(backend, () -> Elementwise.exp(x, y));
      float[] exp = y.toFloatArray();
      BackendTest.on(backend, () -> Elementwise.log(y, x));
      float[] log = x.toFloatArray();
      for (int i = 0; i < values.length; i++) {
        double wanted = Math.exp(values[i]);
        assertEquals(wanted, exp[i], wanted * 0x1p-21, "exp of " + values[i]);
        double back = Math.log(exp[i]);
        assertEquals(back, log[i], Math.abs(back) * 0x1p-21, "log of " + exp[i]);
      }
    }
  }
}
