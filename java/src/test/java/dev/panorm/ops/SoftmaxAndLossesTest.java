package dev.panorm.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.testkit.BackendTest;
import dev.panorm.testkit.Oracle;
import dev.panorm.testkit.Oracle.Input;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("maps")
class SoftmaxAndLossesTest {

  private static final String CPU = "dev.panorm.testkit.BackendTest#cpu";

  /** An exponential is good to 2^-22, its sum in float64 or with compensation likewise. */
  private static final double BOUND = 3 * 0x1p-22;

  private static final long[][] SHAPES = {
    {5, 7}, {3, 1000}, {2, 7, 3, 5}, {3, 9, 41}, {1, 1}, {900, 65}
  };

  @ParameterizedTest
  @MethodSource(CPU)
  void softmaxMatchesFloat64(String backend) {
    for (long[] dims : SHAPES) {
      Shape shape = Shape.of(dims);
      Input x = Input.normal(1, 0, 4, dims);
      Input dy = Input.normal(2, 0, 1, dims);
      for (int d = 0; d < dims.length; d++) {
        int dim = d;
        Oracle.agrees(backend, BOUND, shape, (in, y) -> Softmax.softmax(in[0], dim, y), x);
        Oracle.agrees(backend, BOUND, shape, (in, y) -> Softmax.logSoftmax(in[0], dim, y), x);
        Oracle.agrees(
            backend,
            BOUND,
            shape,
            (in, dx) -> {
              Softmax.softmax(in[0], dim, in[0]);
              Softmax.softmaxBackward(in[0], dim, in[1], dx);
            },
            x,
            dy);
        Oracle.agrees(
            backend,
            BOUND,
            shape,
            (in, dx) -> {
              Softmax.logSoftmax(in[0], dim, in[0]);
              Softmax.logSoftmaxBackward(in[0], dim, in[1], dx);
            },
            x,
            dy);
      }
    }
  }

  @ParameterizedTest
  @MethodSource(CPU)
  void crossEntropyMatchesFloat64(String backend) {
    CrossEntropySpec smooth = CrossEntropySpec.DEFAULT.withLabelSmoothing(0.2).withIgnoreIndex(1);
    for (LossReduction reduction : LossReduction.values()) {
      for (CrossEntropySpec spec : new CrossEntropySpec[] {CrossEntropySpec.DEFAULT, smooth}) {
        crossEntropy(backend, spec.withReduction(reduction), 13, 5);
        crossEntropy(backend, spec.withReduction(reduction), 3000, 17);
        crossEntropy(backend, spec.withReduction(reduction), 4, 6, 3, 5);
      }
    }
  }

  private static void crossEntropy(String backend, CrossEntropySpec spec, long... dims) {
    long classes = dims[1];
    Shape shape = Shape.of(dims);
    Input x = Input.normal(1, 0, 3, dims);
    Input weight = Input.uniform(2, 0.5, 2, classes);
    long positions = shape.elements() / classes;
    long losses = spec.reduction() == LossReduction.NONE ? positions : 1;
    Input dloss = Input.uniform(3, 0.5, 2, losses);
    Oracle.agrees(
        backend,
        BOUND,
        Shape.of(losses),
        (in, loss) -> {
          try (Scope scope = Scope.open()) {
            Tensor target = classes(scope, positions, classes);
            Losses.crossEntropy(spec, in[0], target, in[1], loss);
          }
        },
        x,
        weight);
    Oracle.agrees(
        backend,
        BOUND,
        shape,
        (in, dx) -> {
          try (Scope scope = Scope.open()) {
            Tensor target = classes(scope, positions, classes);
            Losses.crossEntropyBackward(spec, in[0], target, in[1], in[2], dx);
          }
        },
        x,
        weight,
        dloss);
  }

  private static Tensor classes(Scope scope, long positions, long classes) {
    long[] target = new long[Math.toIntExact(positions)];
    for (int i = 0; i < target.length; i++) {
      target[i] = (i * 7L + 3) % classes;
    }
    return scope.of(target);
  }

  @ParameterizedTest
  @MethodSource(CPU)
  void maskedClassesHaveNoPartInTheLoss(String backend) {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.of(new float[] {1, Float.NEGATIVE_INFINITY, 1}, 1, 3);
      Tensor loss = scope.empty(DType.FLOAT32, 1);
      Tensor target = scope.of(new long[] {2});
      BackendTest.on(
          backend, () -> Losses.crossEntropy(CrossEntropySpec.DEFAULT, x, target, null, loss));
      assertEquals(Math.log(2), loss.item(), 1e-7);
    }
  }

  @ParameterizedTest
  @MethodSource(CPU)
  void squaredErrorMatchesFloat64(String backend) {
    for (LossReduction reduction : LossReduction.values()) {
      for (long n : new long[] {1, 9, 1000, 70_001}) {
        long losses = reduction == LossReduction.NONE ? n : 1;
        Input x = Input.normal(1, 0, 1, n);
        Input target = Input.normal(2, 0, 1, n);
        Oracle.agrees(
            backend,
            BOUND,
            Shape.of(losses),
            (in, loss) -> Losses.mse(reduction, in[0], in[1], loss),
            x,
            target);
        Oracle.agrees(
            backend,
            BOUND,
            Shape.of(n),
            (in, dx) -> Losses.mseBackward(reduction, in[0], in[1], in[2], dx),
            x,
            target,
            Input.uniform(3, 0.5, 2, losses));
      }
    }
  }
}
