package dev.panorm.ops;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.backend.AdagradRule;
import dev.panorm.backend.AdamRule;
import dev.panorm.backend.RmspropRule;
import dev.panorm.backend.SgdRule;
import dev.panorm.testkit.BackendTest;
import dev.panorm.testkit.Oracle;
import dev.panorm.testkit.Oracle.Input;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Optimizer steps at sizes that the goldens do not have; the goldens pin the formulas. */
class UpdatesTest {

  private static final String CPU = "dev.panorm.testkit.BackendTest#cpu";

  /** Three steps of about ten roundings each, of which the parameter sees the step size's share. */
  private static final double BOUND = 1e-6;

  private static final long[] SIZES = {1, 7, 8, 9, 1000, 70_001};

  /** One step, from 1, with two states. */
  private interface Step {
    void take(long step, Tensor parameter, Tensor gradient, Tensor first, Tensor second);
  }

  private static void check(String backend, Step optimizer) {
    for (long n : SIZES) {
      Oracle.agrees(
          backend,
          BOUND,
          Shape.of(n),
          (in, theta) -> {
            theta.copyFrom(in[0]);
            try (Scope scope = Scope.open()) {
              Tensor first = scope.zeros(theta.dtype(), n);
              Tensor second = scope.zeros(theta.dtype(), n);
              for (long step = 1; step <= 3; step++) {
                optimizer.take(step, theta, in[1], first, second);
              }
            }
          },
          Input.normal(1, 0, 1, n),
          Input.normal(2, 0, 1, n));
    }
  }

  @ParameterizedTest
  @MethodSource(CPU)
  void stepsMatchFloat64(String backend) {
    SgdRule plain = new SgdRule(0.1, 0, 0, false, 0.01);
    check(backend, (t, p, g, a, b) -> Updates.sgd(plain, t == 1, p, g, null));
    SgdRule nesterov = new SgdRule(0.1, 0.9, 0, true, 0.01);
    check(backend, (t, p, g, a, b) -> Updates.sgd(nesterov, t == 1, p, g, a));
    AdamRule adam = new AdamRule(0.01, 0.9, 0.999, 1e-8, 0.1, true);
    check(backend, (t, p, g, a, b) -> Updates.adam(adam, t, p, g, a, b, null));
    RmspropRule rmsprop = new RmspropRule(0.01, 0.9, 1e-8, 0.01, 0);
    check(backend, (t, p, g, a, b) -> Updates.rmsprop(rmsprop, p, g, a, null, null));
    AdagradRule adagrad = new AdagradRule(0.1, 0.1, 1e-10, 0.01);
    check(backend, (t, p, g, a, b) -> Updates.adagrad(adagrad, t, p, g, a));
  }

  @ParameterizedTest
  @MethodSource(CPU)
  void theFirstStepOfMomentumReadsNoBuffer(String backend) {
    try (Scope scope = Scope.open()) {
      Tensor theta = scope.ones(DType.FLOAT32, 9);
      Tensor gradient = scope.ones(DType.FLOAT32, 9);
      Tensor buffer = scope.full(Double.NaN, DType.FLOAT32, Shape.of(9));
      SgdRule rule = new SgdRule(0.5, 0.9, 0, false, 0);
      BackendTest.on(backend, () -> Updates.sgd(rule, true, theta, gradient, buffer));
      for (double value : theta.toDoubleArray()) {
        assertTrue(value == 0.5, () -> "parameter is " + value);
      }
    }
  }
}
