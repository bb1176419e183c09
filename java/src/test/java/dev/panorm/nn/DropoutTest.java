package dev.panorm.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.Generator;
import dev.panorm.Panorm;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.Drop;
import dev.panorm.autograd.GradCheck;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.backend.DropPlan;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class DropoutTest {

  private static final long SEED = 11;
  private static final int N = 100_000;

  private static double[] ones(Module module, DType dtype, long... dims) {
    try (Tape tape = Tape.open()) {
      return module.forward(Variable.of(tape.scope().ones(dtype, dims))).value().toDoubleArray();
    }
  }

  /** Five standard errors of a share of N draws. */
  private static void assertShare(double expected, double[] values, Function<Double, Boolean> is) {
    double share = Arrays.stream(values).filter(v -> is.apply(v)).count() / (double) N;
    assertEquals(expected, share, 5 * Math.sqrt(expected * (1 - expected) / N), "seed " + SEED);
  }

  @Test
  void inTrainingElementsAreDroppedOrScaledUp() {
    double[] y = ones(new Dropout(0.25, new Generator(SEED)), DType.FLOAT64, N);
    assertShare(0.25, y, v -> v == 0);
    assertTrue(Arrays.stream(y).allMatch(v -> v == 0 || v == 1 / 0.75));
  }

  @Test
  void retainingNamesTheOtherProbability() {
    assertEquals(0.25, Dropout.retaining(0.75).p());
    assertEquals(0.5, new Dropout().p());
    assertThrows(IllegalArgumentException.class, () -> Dropout.retaining(1.5));
  }

  @Test
  void evaluationIsTheIdentity() {
    try (Tape tape = Tape.open()) {
      Variable x = Variable.of(tape.scope().ones(DType.FLOAT32, 3));
      for (Module module :
          new Module[] {
            new Dropout(),
            new Dropout1d(),
            new AlphaDropout(0.5),
            new DropPath(0.5),
            new GaussianDropout(0.5),
            new GaussianNoise(1)
          }) {
        module.eval();
        assertSame(x, module.forward(x));
      }
    }
  }

  @Test
  void allOrNothing() {
    double[] none = ones(new Dropout(1), DType.FLOAT32, 100);
    assertArrayEquals(new double[100], none);
    double[] all = ones(new Dropout(0), DType.FLOAT32, 100);
    assertTrue(Arrays.stream(all).allMatch(v -> v == 1));
  }

  @Test
  void aDroppedInfinityIsZero() {
    try (Tape tape = Tape.open()) {
      Tensor x =
          tape.scope().full(Double.POSITIVE_INFINITY, DType.FLOAT32, dev.panorm.Shape.of(64));
      double[] y =
          new Dropout(0.5, new Generator(SEED)).forward(Variable.of(x)).value().toDoubleArray();
      assertTrue(Arrays.stream(y).allMatch(v -> v == 0 || v == Double.POSITIVE_INFINITY));
      assertTrue(Arrays.stream(y).anyMatch(v -> v == 0));
    }
  }

  @Test
  void theMaskDependsOnSeedAndStreamAlone() {
    int threads = Panorm.threads();
    try {
      Panorm.setThreads(1);
      double[] one = ones(new Dropout(0.5, new Generator(SEED)), DType.FLOAT32, N);
      Panorm.setThreads(2);
      double[] two = ones(new Dropout(0.5, new Generator(SEED)), DType.FLOAT64, N);
      assertArrayEquals(one, two);
      double[] other = ones(new Dropout(0.5, new Generator(SEED + 1)), DType.FLOAT64, N);
      assertFalse(Arrays.equals(one, other));
    } finally {
      Panorm.setThreads(threads);
    }
    Dropout dropout = new Dropout(0.5, new Generator(SEED));
    assertNotEquals(
        Arrays.toString(ones(dropout, DType.FLOAT32, 64)),
        Arrays.toString(ones(dropout, DType.FLOAT32, 64)));
  }

  @Test
  void channelsFallWhole() {
    double[] y = ones(new Dropout2d(0.5, new Generator(SEED)), DType.FLOAT32, 8, 16, 3, 2);
    double dropped = 0;
    for (int i = 0; i < y.length; i += 6) {
      for (int j = 1; j < 6; j++) {
        assertEquals(y[i], y[i + j]);
      }
      dropped += y[i] == 0 ? 1 : 0;
    }
    assertEquals(64, dropped, 5 * Math.sqrt(128) / 2, "seed " + SEED);
    assertEquals(12, ones(new Dropout1d(0.5), DType.FLOAT32, 3, 4).length);
    assertMessage(
        "dropout3d: x has shape [2, 3, 4], expected 5 dimensions, or 4 without the batch",
        () -> ones(new Dropout3d(0.5), DType.FLOAT32, 2, 3, 4));
  }

  @Test
  void pathsFallBySample() {
    double[] y = ones(new DropPath(0.5, new Generator(SEED)), DType.FLOAT32, 64, 5);
    for (int i = 0; i < y.length; i++) {
      assertEquals(y[i - i % 5], y[i]);
    }
    assertTrue(Arrays.stream(y).anyMatch(v -> v == 0) && Arrays.stream(y).anyMatch(v -> v == 2));
  }

  /** Zeros become a α′ + b or b: PyTorch's figures for p = 0.3. */
  @Test
  void alphaDropoutKeepsMeanAndVariance() {
    AlphaDropout dropout = new AlphaDropout(0.3, new Generator(SEED));
    try (Tape tape = Tape.open()) {
      Variable zeros = Variable.of(tape.scope().zeros(DType.FLOAT64, 1000));
      double[] y = dropout.forward(zeros).value().toDoubleArray();
      assertTrue(
          Arrays.stream(y)
              .allMatch(v -> Math.abs(v - 0.45409) < 5e-6 || Math.abs(v + 1.05955) < 5e-6));
      Tensor x = tape.scope().empty(DType.FLOAT64, N);
      new RandomStream(SEED, 99).fillNormal(x, 0, 1);
      double[] z = dropout.forward(Variable.of(x)).value().toDoubleArray();
      double mean = Arrays.stream(z).sum() / N;
      double variance = Arrays.stream(z).map(v -> v * v).sum() / N - mean * mean;
      assertEquals(0, mean, 5 / Math.sqrt(N), "seed " + SEED);
      assertEquals(1, variance, 5 * Math.sqrt(2.0 / N), "seed " + SEED);
    }
  }

  @Test
  void gaussianFormsHaveTheirMoments() {
    for (Module module :
        new Module[] {
          new GaussianDropout(0.2, new Generator(SEED)), new GaussianNoise(0.5, new Generator(SEED))
        }) {
      double[] y = ones(module, DType.FLOAT64, N);
      double mean = Arrays.stream(y).sum() / N;
      double variance = Arrays.stream(y).map(v -> (v - mean) * (v - mean)).sum() / N;
      assertEquals(1, mean, 5 * 0.5 / Math.sqrt(N), "seed " + SEED);
      assertEquals(0.25, variance, 5 * 0.25 * Math.sqrt(2.0 / N), "seed " + SEED);
    }
  }

  @Test
  void backwardUsesTheSameMask() {
    RandomStream stream = new RandomStream(SEED, 3);
    DropPlan counted = new DropPlan(1, 0.5, 1, 0, 0, 4);
    try (Scope scope = Scope.open();
        Tape tape = Tape.open()) {
      Variable x = Variable.leaf(tape.scope().ones(DType.FLOAT64, 40));
      Variable y = Drop.apply(DropPlan.inverted(0.5), stream, x);
      Sums.sum(y).backward();
      assertArrayEquals(
          y.value().toDoubleArray(), Objects.requireNonNull(x.grad()).toDoubleArray());
      Tensor values = scope.empty(DType.FLOAT64, 3, 4);
      stream.fillNormal(values, 0, 1);
      for (DropPlan plan : new DropPlan[] {counted, new DropPlan(2, 0.3, 2, 3, -1, 0)}) {
        GradCheck.Result result =
            GradCheck.DEFAULT.check(v -> Drop.apply(plan, stream, v.get(0)), values);
        assertTrue(result.passed(), result::toString);
        GradCheck.Result second =
            GradCheck.DEFAULT.checkSecond(v -> Drop.apply(plan, stream, v.get(0)), values);
        assertTrue(second.passed(), second::toString);
      }
    }
  }

  @Test
  void rowsMayBeScaledByTheirOwnCount() {
    try (Tape tape = Tape.open()) {
      Variable x = Variable.of(tape.scope().ones(DType.FLOAT64, 50, 8));
      DropPlan counted = new DropPlan(1, 0.5, 1, 0, 0, 8);
      double[] y = Drop.apply(counted, new RandomStream(SEED, 4), x).value().toDoubleArray();
      for (int row = 0; row < 50; row++) {
        double[] values = Arrays.copyOfRange(y, row * 8, row * 8 + 8);
        long kept = Arrays.stream(values).filter(v -> v != 0).count();
        assertEquals(kept == 0 ? 0 : 8, Arrays.stream(values).sum(), 1e-14);
      }
    }
  }

  @Test
  void wrongProbabilitiesAreRefused() {
    assertMessage(
        "dropout: p is 1.1, expected a probability, 0 to 1", () -> new Dropout(1.1).close());
    assertMessage(
        "alphaDropout: p is NaN, expected a probability, 0 to 1",
        () -> new AlphaDropout(Double.NaN).close());
    assertMessage(
        "dropPath: p is -0.1, expected a probability, 0 to 1", () -> new DropPath(-0.1).close());
    assertMessage(
        "gaussianDropout: rate is 1.0, expected 0 or more and below 1",
        () -> new GaussianDropout(1).close());
    assertMessage(
        "gaussianNoise: std is -1.0, expected 0 or more", () -> new GaussianNoise(-1).close());
  }

  private static void assertMessage(String message, Executable run) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, run).getMessage());
  }
}
