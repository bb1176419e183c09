package dev.panorm.internal.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.Activation;
import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.Binary;
import dev.panorm.backend.BroadcastPlan;
import dev.panorm.backend.ReducePlan;
import dev.panorm.backend.Reduction;
import dev.panorm.backend.Unary;
import dev.panorm.internal.backend.reference.ReferenceBackend;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Elementwise functions, reductions and softmax against the float64 reference, on both profiles.
 */
class ClElementKernelsTest {

  /** A handful of roundings of 2^-24 each, and OpenCL's 3 to 5 units for exp, log and tanh. */
  private static final double BOUND = 1e-6;

  private static final ReferenceBackend REFERENCE = new ReferenceBackend();

  private static final List<ClContext> CONTEXTS =
      List.of(TestDevices.open(LaunchProfile.CPU), TestDevices.open(LaunchProfile.GPU));

  private final Random random = new Random(20260301);

  static List<ClContext> contexts() {
    return CONTEXTS;
  }

  private Tensor random(Scope scope, long n, double low, double high) {
    Tensor tensor = scope.empty(DType.FLOAT32, n);
    float[] values = new float[(int) n];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (low + (high - low) * random.nextDouble());
    }
    tensor.copyFrom(values);
    return tensor;
  }

  private static Tensor wide(Scope scope, Tensor x) {
    Tensor copy = scope.empty(DType.FLOAT64, x.elements());
    copy.copyFrom(x);
    return copy;
  }

  private static void check(String what, Tensor expected, Tensor got) {
    double[] want = expected.toDoubleArray();
    double[] have = got.toDoubleArray();
    assertEquals(want.length, have.length, what);
    double largest = 0;
    double error = 0;
    for (int i = 0; i < want.length; i++) {
      largest = Math.max(largest, Math.abs(want[i]));
      error = Math.max(error, Math.abs(want[i] - have[i]));
    }
    double worst = error;
    double allowed = BOUND * largest;
    assertTrue(worst <= allowed, () -> what + " is off by " + worst + ", allowed " + allowed);
  }

  @ParameterizedTest
  @MethodSource("contexts")
  void unaryFunctions(ClContext context) {
    for (long n : new long[] {1, 1001, 70_001}) {
      for (Unary function : Unary.values()) {
        try (Scope scope = Scope.open()) {
          Tensor x = random(scope, n, 0.2, 4);
          Tensor y = scope.emptyLike(x);
          Tensor expected = scope.empty(DType.FLOAT64, n);
          new ClPointwise(context).unary(function, 1.5, 2.5, x, y);
          REFERENCE.elementwise().unary(function, 1.5, 2.5, wide(scope, x), expected);
          check(function + " of " + n, expected, y);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("contexts")
  void activations(ClContext context) {
    for (Activation function : Activation.values()) {
      try (Scope scope = Scope.open()) {
        Tensor x = random(scope, 1001, -6, 6);
        Tensor dy = random(scope, 1001, -1, 1);
        Tensor y = scope.emptyLike(x);
        Tensor expected = scope.empty(DType.FLOAT64, 1001);
        new ClPointwise(context).activate(function, x, y);
        REFERENCE.elementwise().activate(function, wide(scope, x), expected);
        check(function.toString(), expected, y);
        new ClPointwise(context).activateBackward(function, x, dy, y);
        REFERENCE
            .elementwise()
            .activateBackward(function, wide(scope, x), wide(scope, dy), expected);
        check(function + " backward", expected, y);
      }
    }
  }

  /** Dense, a row repeated, a column repeated, one element repeated. */
  private static List<BroadcastPlan> broadcasts() {
    return List.of(
        new BroadcastPlan(2, 3, 17, 51, 17, 1, 51, 17, 1),
        new BroadcastPlan(1, 40, 33, 0, 33, 1, 0, 0, 1),
        new BroadcastPlan(4, 5, 9, 45, 9, 1, 5, 1, 0),
        new BroadcastPlan(1, 7, 1, 0, 1, 0, 0, 0, 0));
  }

  @ParameterizedTest
  @MethodSource("contexts")
  void binaryFunctions(ClContext context) {
    for (BroadcastPlan plan : broadcasts()) {
      for (Binary function : Binary.values()) {
        try (Scope scope = Scope.open()) {
          Tensor a = random(scope, 2000, -2, 2);
          Tensor b = random(scope, 2000, -2, 2);
          Tensor y = scope.empty(DType.FLOAT32, plan.elements());
          Tensor expected = scope.empty(DType.FLOAT64, plan.elements());
          new ClPointwise(context).binary(function, plan, a, b, y);
          REFERENCE.elementwise().binary(function, plan, wide(scope, a), wide(scope, b), expected);
          check(function + " " + plan, expected, y);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("contexts")
  void sumsOfMultiples(ClContext context) {
    for (double beta : new double[] {0, -2}) {
      try (Scope scope = Scope.open()) {
        Tensor x = random(scope, 1001, -1, 1);
        Tensor y = random(scope, 1001, -1, 1);
        Tensor expected = wide(scope, y);
        new ClPointwise(context).axpby(0.5, x, beta, y);
        REFERENCE.elementwise().axpby(0.5, wide(scope, x), beta, expected);
        check("axpby " + beta, expected, y);
      }
    }
  }

  private static final long[][] SHAPES = {
    {1, 200_000, 1}, {33, 77, 1}, {3, 17, 40}, {5, 1000, 3}, {1, 1, 1}, {2, 9, 513}
  };

  @ParameterizedTest
  @MethodSource("contexts")
  void reductions(ClContext context) {
    for (long[] s : SHAPES) {
      for (boolean keepMid : new boolean[] {false, true}) {
        for (Reduction function : Reduction.values()) {
          try (Scope scope = Scope.open()) {
            ReducePlan plan = new ReducePlan(s[0], s[1], s[2], keepMid);
            Tensor x = random(scope, plan.elements(), -3, 5);
            Tensor y = scope.empty(DType.FLOAT32, plan.results());
            Tensor expected = scope.empty(DType.FLOAT64, plan.results());
            new ClReductions(context).reduce(function, plan, x, y);
            REFERENCE.reductions().reduce(function, plan, wide(scope, x), expected);
            check(function + " " + plan, expected, y);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("contexts")
  void positionsOfTheLargest(ClContext context) {
    for (long[] s : SHAPES) {
      try (Scope scope = Scope.open()) {
        Tensor x = random(scope, s[0] * s[1] * s[2], -3, 5);
        Tensor got = scope.empty(DType.INT64, s[0] * s[2]);
        Tensor expected = scope.emptyLike(got);
        new ClReductions(context).argmax(s[0], s[1], s[2], x, got);
        REFERENCE.reductions().argmax(s[0], s[1], s[2], x, expected);
        assertArrayEquals(expected.toLongArray(), got.toLongArray());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("contexts")
  void softmax(ClContext context) {
    for (long[] s : SHAPES) {
      for (boolean log : new boolean[] {false, true}) {
        try (Scope scope = Scope.open()) {
          long n = s[0] * s[1] * s[2];
          Tensor x = random(scope, n, -3, 5);
          Tensor dy = random(scope, n, -1, 1);
          Tensor y = scope.emptyLike(x);
          Tensor expected = scope.empty(DType.FLOAT64, n);
          new ClSoftmax(context).softmax(log, s[0], s[1], s[2], x, y);
          REFERENCE.softmax().softmax(log, s[0], s[1], s[2], wide(scope, x), expected);
          check("softmax " + n, expected, y);
          Tensor result = wide(scope, y);
          Tensor dx = scope.emptyLike(x);
          new ClSoftmax(context).softmaxBackward(log, s[0], s[1], s[2], y, dy, dx);
          REFERENCE
              .softmax()
              .softmaxBackward(log, s[0], s[1], s[2], result, wide(scope, dy), expected);
          check("softmax backward " + n, expected, dx);
        }
      }
    }
  }
}
