package dev.panorm.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.Generator;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.data.Dataset;
import dev.panorm.nn.BatchNorm1d;
import dev.panorm.nn.Linear;
import dev.panorm.nn.ReLU;
import dev.panorm.nn.Sequential;
import dev.panorm.optim.Sgd;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What looks at a trained network or changes it without labels. */
final class AfterTrainingTest {

  private static final long SEED = 4;

  /** Two batches of two: means 1 and 5, biased variances 1 and 9. */
  private static Dataset twoBatches(Scope scope) {
    return new Dataset(scope.of(new float[] {0, 2, 2, 8}, 4, 1), scope.zeros(DType.INT64, 4), 2);
  }

  @Test
  void pooledStatisticsContainTheVarianceBetweenBatches() {
    try (Scope scope = Scope.open();
        BatchNorm1d norm = new BatchNorm1d(1)) {
      BatchNormStatistics.pooled(norm, twoBatches(scope), 2);
      assertEquals(3, Objects.requireNonNull(norm.runningMean()).get(0), 1e-6);
      assertEquals(9, Objects.requireNonNull(norm.runningVar()).get(0), 1e-5);
      assertTrue(norm.isTraining());
    }
  }

  @Test
  void algorithm2AveragesUnbiasedVariances() {
    try (Scope scope = Scope.open();
        BatchNorm1d norm = new BatchNorm1d(1)) {
      norm.eval();
      BatchNormStatistics.algorithm2(norm, twoBatches(scope), 2);
      assertEquals(3, Objects.requireNonNull(norm.runningMean()).get(0), 1e-6);
      assertEquals(2 * (1 + 9) / 2.0, Objects.requireNonNull(norm.runningVar()).get(0), 1e-5);
      assertTrue(!norm.isTraining());
    }
  }

  /** L = 3 a² / 2 − 5 b² / 2: the Hessian's eigenvalues are 3 and −5. */
  @Test
  void sharpnessIsTheLargestEigenvalueOfTheHessian() {
    try (Scope scope = Scope.open()) {
      Variable ab = Variable.leaf(scope.of(new double[] {0.3, -2}, 2));
      Tensor halves = scope.of(new double[] {1.5, -2.5}, 2);
      double found =
          Sharpness.of(
              () -> Sums.sum(Arithmetic.mul(Variable.of(halves), Arithmetic.square(ab))),
              List.of(ab),
              60,
              new Generator(SEED));
      assertEquals(-5, found, 1e-6, "seed " + SEED);
    }
  }

  @Test
  void aTraceNamesEveryLayer() {
    try (Scope scope = Scope.open();
        Sequential network =
            new Sequential(new Linear(2, 2, false, new Generator(SEED)), new ReLU())) {
      network.parameters().getFirst().value().copyFrom(new double[] {1, 0, 0, -1});
      ActivationTrace trace = ActivationTrace.of(network, scope.of(new float[] {3, 4}, 1, 2));
      ActivationTrace.Layer linear = trace.layers().getFirst();
      assertEquals("Linear", linear.kind());
      assertEquals(Math.sqrt(12.5), linear.norm(), 1e-12);
      assertEquals(-0.5, linear.mean(), 1e-12);
      assertEquals(12.25, linear.variance(), 1e-12);
      assertEquals(Math.sqrt(2), linear.weightNorm(), 1e-12);
      assertEquals(1.5, trace.layers().get(1).mean(), 1e-12);
      assertEquals(0, trace.layers().get(1).weightNorm());
    }
  }

  @Test
  void entropyOfEqualLogitsIsThatOfAFairDie() {
    try (Tape tape = Tape.open()) {
      Variable logits = Variable.of(tape.scope().zeros(DType.FLOAT64, 3, 6));
      assertEquals(Math.log(6), Tent.entropy(logits).item(), 1e-12);
    }
  }

  @Test
  void tentLowersEntropyByScaleAndShiftAlone() {
    try (Scope scope = Scope.open();
        Sequential network =
            new Sequential(
                new Linear(3, 8, true, new Generator(SEED)),
                new BatchNorm1d(8),
                new ReLU(),
                new Linear(8, 4, true, new Generator(SEED + 1)))) {
      Tensor x = scope.empty(DType.FLOAT32, 32, 3);
      new RandomStream(SEED, 9).fillNormal(x, 2, 3);
      double[] weight = network.parameters().getFirst().value().toDoubleArray();
      try (Tent tent = new Tent(network, parameters -> Sgd.of(parameters, 0.05))) {
        double before = tent.step(x);
        double after = before;
        for (int i = 0; i < 20; i++) {
          after = tent.step(x);
        }
        assertTrue(after < before, after + " against " + before + ", seed " + SEED);
      }
      assertTrue(Arrays.equals(weight, network.parameters().getFirst().value().toDoubleArray()));
      assertTrue(network.parameters().getFirst().requiresGrad());
    }
    try (Linear bare = new Linear(1, 1)) {
      assertThrows(IllegalArgumentException.class, () -> new Tent(bare, p -> Sgd.of(p, 1)));
    }
  }
}
