package dev.panorm.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.panorm.DType;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Float64; 1e-13 is 100 roundings of values near 10. */
final class BatchRenormTest {

  private static final long SEED = 17;
  private static final double BOUND = 1e-13;
  private static final double[] X = {1, 10, 3, 30, 2, 40};

  /** Two channels with eps 1, running means (1, 20) and running variances (3, 8). */
  private static BatchNorm1d norm() {
    BatchNorm1d norm = BatchNorm1d.builder(2).eps(1).momentum(0.5).build();
    norm.to(DType.FLOAT64);
    present(norm.runningMean()).copyFrom(1.0, 20);
    present(norm.runningVar()).copyFrom(3.0, 8);
    present(norm.weight()).value().copyFrom(2.0, -1);
    present(norm.bias()).value().copyFrom(0.5, 3);
    return norm;
  }

  private static <T> T present(@Nullable T value) {
    return Objects.requireNonNull(value);
  }

  private static double[] forward(Module module, double[] x) {
    try (Tape tape = Tape.open()) {
      return module.forward(Variable.of(tape.scope().of(x, 3, 2))).value().toDoubleArray();
    }
  }

  /** Channel 0: μ_B = 2, σ_B = √(5/3), σ = 2; channel 1: μ_B = 80/3, σ_B = √(1409/9), σ = 3. */
  @Test
  void theCorrectionIsThatOfThePaper() {
    double[] deviation = {Math.sqrt(5.0 / 3), Math.sqrt(1400.0 / 9 + 1)};
    double[] mean = {2, 80.0 / 3};
    double[] r = {1 / 1.5, 1.5}; // both ratios, 0.65 and 4.2, are beyond the limit
    double[] d = {0.5, 2}; // (2 − 1) / 2 is within the limit, (80/3 − 20) / 3 is not
    double[] expected = new double[6];
    for (int i = 0; i < 6; i++) {
      int c = i % 2;
      double normalized = (X[i] - mean[c]) / deviation[c] * r[c] + d[c];
      expected[i] = (c == 0 ? 2 : -1) * normalized + (c == 0 ? 0.5 : 3);
    }
    try (BatchRenorm renorm = new BatchRenorm(norm())) {
      renorm.setLimits(1.5, 2);
      assertArrayEquals(expected, forward(renorm, X), BOUND);
      double[] running = present(renorm.norm().runningMean()).toDoubleArray();
      assertArrayEquals(new double[] {1.5, (20 + 80.0 / 3) / 2}, running, BOUND);
      double[] variance = present(renorm.norm().runningVar()).toDoubleArray();
      assertArrayEquals(new double[] {(3 + 1) / 2.0, (8 + 1400 / 6.0) / 2}, variance, BOUND * 100);
    }
  }

  @Test
  void withoutLimitsItIsWhatEvaluationComputes() {
    try (BatchRenorm renorm = new BatchRenorm(norm());
        BatchNorm1d frozen = norm()) {
      renorm.setLimits(1e9, 1e9);
      frozen.eval();
      assertArrayEquals(forward(frozen, X), forward(renorm, X), BOUND);
      renorm.eval();
      frozen.loadStateDict(renorm.norm().stateDict());
      assertArrayEquals(forward(frozen, X), forward(renorm, X));
    }
  }

  /**
   * r and d are constants: the gradient is that of a BatchNorm with weight γ r and bias γ d + β.
   */
  @Test
  void gradientsDoNotSeeTheCorrection() {
    double[] upstream = {1, -2, 0.5, 3, -1, 0.25};
    double[] r = {1 / 1.5, 1.5};
    double[] d = {0.5, 2};
    try (BatchRenorm renorm = new BatchRenorm(norm());
        BatchNorm1d plain = norm();
        Tape tape = Tape.open()) {
      renorm.setLimits(1.5, 2);
      present(plain.weight()).value().copyFrom(2 * r[0], -r[1]);
      Variable x = Variable.leaf(tape.scope().of(X, 3, 2));
      Variable other = Variable.leaf(tape.scope().of(X, 3, 2));
      Tensor dy = tape.scope().of(upstream, 3, 2);
      renorm.forward(x).backward(dy);
      plain.forward(other).backward(dy);
      assertArrayEquals(gradient(other), gradient(x), BOUND);
      double[] dbias = gradient(present(plain.bias()));
      assertArrayEquals(dbias, gradient(present(renorm.norm().bias())), BOUND);
      double[] dweight = gradient(present(plain.weight()));
      double[] expected = new double[2];
      Arrays.setAll(expected, c -> dweight[c] * r[c] + dbias[c] * d[c]);
      assertArrayEquals(expected, gradient(present(renorm.norm().weight())), BOUND);
    }
  }

  private static double[] gradient(Variable variable) {
    return present(variable.grad()).toDoubleArray();
  }

  @Test
  void itStartsAsBatchNorm() {
    try (BatchRenorm renorm = new BatchRenorm(norm());
        BatchNorm1d plain = norm();
        Scope scope = Scope.open()) {
      Tensor x = scope.empty(DType.FLOAT64, 3, 2);
      new RandomStream(SEED, 0).fillNormal(x, 5, 2);
      double[] data = x.toDoubleArray();
      assertArrayEquals(forward(plain, data), forward(renorm, data), BOUND, "seed " + SEED);
      double[] variance = present(plain.runningVar()).toDoubleArray();
      assertArrayEquals(variance, present(renorm.norm().runningVar()).toDoubleArray(), BOUND);
    }
  }

  @Test
  void badOptionsAreNamed() {
    try (BatchRenorm renorm = new BatchRenorm(norm());
        Tape tape = Tape.open()) {
      assertEquals("batchRenorm: rMax is 0.5, expected 1 or more", refused(renorm, 0.5, 0));
      assertEquals("batchRenorm: rMax is NaN, expected 1 or more", refused(renorm, Double.NaN, 0));
      assertEquals("batchRenorm: dMax is -1.0, expected 0 or more", refused(renorm, 2, -1));
      Variable one = Variable.of(tape.scope().of(new double[] {1, 2}, 1, 2));
      assertThrows(IllegalArgumentException.class, () -> renorm.forward(one));
      assertEquals(0, renorm.norm().numBatchesTracked());
    }
    BatchNorm1d bare = BatchNorm1d.builder(2).trackRunningStats(false).build();
    assertThrows(IllegalArgumentException.class, () -> new BatchRenorm(bare));
  }

  private static @Nullable String refused(BatchRenorm renorm, double ratio, double shift) {
    return assertThrows(IllegalArgumentException.class, () -> renorm.setLimits(ratio, shift))
        .getMessage();
  }
}
