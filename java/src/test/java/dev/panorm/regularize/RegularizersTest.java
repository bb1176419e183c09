package dev.panorm.regularize;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.Generator;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.Activate;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.GradCheck;
import dev.panorm.autograd.Normalize;
import dev.panorm.autograd.Products;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.ops.NormSpec;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class RegularizersTest {

  private static final long SEED = 21;

  private static double[] gradient(Penalty penalty, double... values) {
    try (Tape tape = Tape.open()) {
      Variable theta = Variable.leaf(tape.scope().of(values));
      penalty.of(theta).backward();
      return Objects.requireNonNull(theta.grad()).toDoubleArray();
    }
  }

  private static double value(Penalty penalty, double... values) {
    try (Tape tape = Tape.open()) {
      return penalty.of(Variable.of(tape.scope().of(values))).item();
    }
  }

  @Test
  void penaltiesAndTheirGradients() {
    assertEquals(0.5 * (9 + 16) / 2, value(Penalty.l2(0.5), 3, -4), 1e-14);
    assertArrayEquals(new double[] {1.5, -2}, gradient(Penalty.l2(0.5), 3, -4), 1e-14);
    assertEquals(0.5 * 25, value(Penalty.l2WithoutHalf(0.5), 3, -4), 1e-14);
    assertArrayEquals(new double[] {3, -4}, gradient(Penalty.l2WithoutHalf(0.5), 3, -4), 1e-14);
    assertEquals(3.5, value(Penalty.l1(0.5), 3, -4), 1e-14);
    assertArrayEquals(new double[] {0.5, -0.5, 0}, gradient(Penalty.l1(0.5), 3, -4, 0), 1e-14);
    assertMessage("regularize: lambda is -1.0, expected 0 or more", () -> Penalty.l2(-1));
    assertMessage(
        "penalty: parameters is empty, expected one or more",
        () -> Penalty.l1(1).of(List.<Variable>of()));
  }

  /** −log N(θ; 0, σ²) = θ² / (2 σ²) + log(σ √(2 π)), so differences leave the constant out. */
  @Test
  void theGaussianPriorIsL2() {
    double std = 0.7;
    Penalty prior = Penalty.gaussianPrior(std);
    double logDensityRatio = (2 * 2 - 1 * 1) / (2 * std * std);
    assertEquals(logDensityRatio, value(prior, 2) - value(prior, 1), 1e-14);
    assertArrayEquals(gradient(Penalty.l2(1 / (std * std)), 1.5), gradient(prior, 1.5), 1e-14);
  }

  @Test
  void severalParametersAddUp() {
    try (Tape tape = Tape.open()) {
      List<Variable> both =
          List.of(
              Variable.of(tape.scope().of(new double[] {3})),
              Variable.of(tape.scope().of(new double[] {4, 0}, 2, 1)));
      assertEquals(25, Penalty.l2(2).of(both).item(), 1e-14);
    }
  }

  @Test
  void shrinkingIgnoresTheLearningRate() {
    try (Scope scope = Scope.open()) {
      Variable theta = Variable.of(scope.of(new double[] {1, -2}));
      new Shrink(0.98).apply(List.of(theta));
      assertArrayEquals(new double[] {0.98, -1.96}, theta.value().toDoubleArray(), 1e-15);
    }
    assertMessage("shrink: factor is 1.1, expected 0 to 1", () -> new Shrink(1.1));
  }

  @Test
  void projections() {
    try (Scope scope = Scope.open()) {
      Variable a = Variable.of(scope.of(new double[] {3, 0}, 1, 2));
      Variable b = Variable.of(scope.of(new double[] {4}));
      Constraint.normBall(100).project(List.of(a, b));
      assertEquals(4, b.item());
      Constraint.normBall(1).project(List.of(a, b));
      assertArrayEquals(new double[] {0.6, 0}, a.value().toDoubleArray(), 1e-15);
      assertEquals(0.8, b.item(), 1e-15);
      Variable rows = Variable.of(scope.of(new double[] {3, 4, 0.3, 0.4, 0, 0}, 3, 2));
      Constraint.maxNorm(2).project(List.of(rows));
      assertArrayEquals(
          new double[] {1.2, 1.6, 0.3, 0.4, 0, 0}, rows.value().toDoubleArray(), 1e-15);
      Constraint.unitNorm().project(List.of(rows));
      assertArrayEquals(
          new double[] {0.6, 0.8, 0.6, 0.8, 0, 0}, rows.value().toDoubleArray(), 1e-15);
      Variable mixed = Variable.of(scope.of(new float[] {-1, 2, Float.NaN}));
      Constraint.nonNegative().project(List.of(mixed));
      assertArrayEquals(new double[] {0, 2, Double.NaN}, mixed.value().toDoubleArray());
    }
    assertMessage("normBall: r is -1.0, expected 0 or more", () -> Constraint.normBall(-1));
    assertMessage("maxNorm: limit is NaN, expected above 0", () -> Constraint.maxNorm(Double.NaN));
  }

  @Test
  void originalDropoutScalesAtTestTime() {
    OriginalDropout dropout = new OriginalDropout(0.75);
    try (Tape tape = Tape.open()) {
      Variable y = Variable.of(tape.scope().ones(DType.FLOAT64, 10_000));
      double[] train = dropout.train(y, new RandomStream(SEED, 1)).value().toDoubleArray();
      double kept = 0;
      for (double value : train) {
        assertTrue(value == 0 || value == 1);
        kept += value;
      }
      assertEquals(0.75, kept / 10_000, 5 * Math.sqrt(0.75 * 0.25 / 10_000), "seed " + SEED);
      assertEquals(0.75, dropout.eval(y).value().get(7));
    }
    assertMessage(
        "originalDropout: p is 2.0, expected a probability, 0 to 1", () -> new OriginalDropout(2));
  }

  @Test
  void countedDropoutKeepsTheSumOfEqualFeatures() {
    try (Tape tape = Tape.open()) {
      Variable z = Variable.of(tape.scope().ones(DType.FLOAT64, 100, 6));
      Variable y = new CountDropout(0.5).train(z, new RandomStream(SEED, 2));
      for (double sum : Sums.sum(y, 1).value().toDoubleArray()) {
        assertTrue(sum == 0 || Math.abs(sum - 6) < 1e-13, "seed " + SEED + ": " + sum);
      }
    }
  }

  /** All 2⁴ masks of a 2 x 2 weight, each with its probability, have exactly these moments. */
  @Test
  void dropConnectsMomentsAreThoseOfAllMasks() {
    double p = 0.3;
    double[] w = {1, -2, 0.5, 3};
    double[] v = {2, -1};
    double[] mean = new double[2];
    double[] square = new double[2];
    for (int mask = 0; mask < 16; mask++) {
      int kept = Integer.bitCount(mask);
      double probability = Math.pow(p, kept) * Math.pow(1 - p, 4 - kept);
      for (int row = 0; row < 2; row++) {
        double z = 0;
        for (int column = 0; column < 2; column++) {
          z += ((mask >> (2 * row + column)) & 1) * w[2 * row + column] * v[column];
        }
        mean[row] += probability * z;
        square[row] += probability * z * z;
      }
    }
    DropConnect dropConnect = new DropConnect(p);
    try (Tape tape = Tape.open()) {
      Variable weight = Variable.of(tape.scope().of(w, 2, 2));
      Variable data = Variable.of(tape.scope().of(v, 1, 2));
      double[] variance = dropConnect.variance(data, weight).value().toDoubleArray();
      assertEquals(square[0] - mean[0] * mean[0], variance[0], 1e-14);
      assertEquals(square[1] - mean[1] * mean[1], variance[1], 1e-14);
      int samples = 4000;
      double[] average =
          dropConnect
              .gaussianInference(data, weight, null, samples, f -> f, new Generator(SEED))
              .value()
              .toDoubleArray();
      for (int row = 0; row < 2; row++) {
        double bound = 5 * Math.sqrt(variance[row] / samples);
        assertEquals(mean[row], average[row], bound, "seed " + SEED);
      }
      Variable masked = dropConnect.train(weight, new RandomStream(SEED, 5));
      for (int i = 0; i < 4; i++) {
        double value = masked.value().get(i);
        assertTrue(value == 0 || value == w[i]);
      }
    }
  }

  /** E (wᵀ(x + ε) − t)² = (wᵀx − t)² + λ ‖w‖². */
  @Test
  void noiseOnInputsOfALinearModelIsL2() {
    double lambda = 0.1;
    double[] w = {1, -2, 0.5};
    int n = 200_000;
    try (Tape tape = Tape.open()) {
      Variable weight = Variable.of(tape.scope().of(w, 1, 3));
      Variable x = Variable.of(tape.scope().ones(DType.FLOAT64, n, 3));
      Variable noisy = new GaussianPerturbation(lambda).apply(x, new RandomStream(SEED, 6));
      Variable error = Arithmetic.affine(Products.linear(noisy, weight, null), 1, -1);
      double clean = Math.pow(1 - 2 + 0.5 - 1, 2);
      double penalty = lambda * (1 + 4 + 0.25);
      double std = Math.sqrt(2 * penalty * penalty + 4 * clean * penalty);
      double loss = Sums.mean(Arithmetic.square(error)).item();
      assertEquals(clean + penalty, loss, 5 * std / Math.sqrt(n), "seed " + SEED);
    }
  }

  @Test
  void gradientPenaltyOfALinearModelIsItsInput() {
    try (Tape tape = Tape.open()) {
      Variable w = Variable.leaf(tape.scope().of(new double[] {1, 2}, 1, 2));
      Variable x = Variable.leaf(tape.scope().of(new double[] {3, 4}, 1, 2));
      Variable f = Products.linear(x, w, null);
      GradientPenalty penalty = new GradientPenalty(0.5);
      assertEquals(0.5 * 25, penalty.of(f, List.of(w)).item(), 1e-14);
      Variable perSample = penalty.perSample(f, x);
      assertEquals(0.5 * 5, perSample.item(), 1e-14);
      perSample.backward();
      assertArrayEquals(
          new double[] {1, 2}, Objects.requireNonNull(w.grad()).toDoubleArray(), 1e-14);
      Variable other = Variable.leaf(tape.scope().of(new double[] {1}));
      assertMessage(
          "gradientPenalty: f depends on no parameter, expected one or more",
          () -> penalty.of(f, List.of(other)));
    }
  }

  @Test
  void gradientPenaltyThroughNormsCanBeMinimized() {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.empty(DType.FLOAT64, 3, 4);
      Tensor w = scope.empty(DType.FLOAT64, 4, 4);
      new RandomStream(SEED, 7).fillNormal(x, 0, 1);
      new RandomStream(SEED, 8).fillNormal(w, 0, 1);
      for (NormSpec norm :
          List.of(
              NormSpec.batchNorm(),
              NormSpec.layerNorm(4),
              NormSpec.rmsNorm(4),
              NormSpec.groupNorm(2))) {
        GradCheck.Result result =
            GradCheck.DEFAULT.check(
                v -> {
                  Variable y =
                      Normalize.norm(
                          norm.withEps(0.1), Products.linear(v.get(0), v.get(1), null), null, null);
                  return new GradientPenalty(0.3).perSample(Activate.tanh(y), v.get(0));
                },
                x,
                w);
        assertTrue(result.passed(), () -> norm.kind() + " seed " + SEED + ": " + result);
      }
    }
  }

  private static void assertMessage(String message, Executable run) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, run).getMessage());
  }
}
