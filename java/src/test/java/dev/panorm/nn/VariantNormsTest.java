package dev.panorm.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.EpsMode;
import dev.panorm.Generator;
import dev.panorm.Layout;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.GradCheck;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.ops.Copies;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class VariantNormsTest {

  private static final long SEED = 20;

  private static Tensor normal(Scope scope, double mean, double std, long... dims) {
    Tensor tensor = scope.empty(DType.FLOAT64, dims);
    new RandomStream(SEED, 1).fillNormal(tensor, mean, std);
    return tensor;
  }

  private static double[] forward(Module module, Tensor x) {
    return module.forward(Variable.of(x)).value().toDoubleArray();
  }

  private static final double HIGH = Math.sqrt(1.5);

  /** Two samples of three features at four positions: each position is normalized by itself. */
  @Test
  void layerNormOverTheFeatureAxis() {
    double[] expected = new double[24];
    for (int i = 0; i < 24; i++) {
      expected[i] = HIGH * (i / 4 % 3 - 1);
    }
    double[] data = {
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24
    };
    try (Tape tape = Tape.open()) {
      Tensor x = tape.scope().of(data, 2, 3, 4);
      assertArrayEquals(expected, forward(LayerNormOverAxes.builder(1).eps(0).build(), x), 1e-12);
      LayerNormOverAxes outside =
          LayerNormOverAxes.builder(1).eps(0.5).epsMode(EpsMode.OUTSIDE).build();
      double deviation = Math.sqrt(32 / 3.0);
      assertEquals(-4 / (deviation + 0.5), forward(outside, x)[0], 1e-12);
    }
  }

  @Test
  void overTrailingAxesItIsLayerNorm() {
    try (Tape tape = Tape.open();
        LayerNormOverAxes any = LayerNormOverAxes.builder(-1, 2).affine(4, 5).build();
        LayerNorm trailing = new LayerNorm(4, 5)) {
      any.to(DType.FLOAT64);
      trailing.to(DType.FLOAT64);
      Tensor x = normal(tape.scope(), 3, 2, 2, 3, 4, 5);
      Objects.requireNonNull(any.weight()).value().fill(i -> 1 + i);
      trailing.loadStateDict(any.stateDict());
      assertArrayEquals(forward(trailing, x), forward(any, x), 1e-12);
    }
  }

  @Test
  void theAxesMayStandApart() {
    try (Tape tape = Tape.open()) {
      Tensor x = normal(tape.scope(), 3, 2, 2, 3, 4, 5);
      Tensor together = tape.scope().empty(DType.FLOAT64, 2, 4, 3, 5);
      Copies.permute(x, new int[] {0, 2, 1, 3}, together);
      Tensor apart = tape.scope().empty(DType.FLOAT64, 2, 4, 3, 5);
      Variable y = LayerNorm.overAxes(1, 3).forward(Variable.of(x));
      Copies.permute(y.value(), new int[] {0, 2, 1, 3}, apart);
      assertArrayEquals(forward(LayerNorm.overAxes(2, 3), together), apart.toDoubleArray(), 1e-12);
    }
  }

  /** The mean of float32 data is rounded; centring twice takes that away again. */
  @Test
  void aLargeMeanDoesNoHarm() {
    try (Tape tape = Tape.open()) {
      Tensor wide = normal(tape.scope(), 1e4, 1, 4, 64, 3);
      Tensor x = tape.scope().of(wide.toFloatArray(), 4, 64, 3);
      Tensor exact = tape.scope().of(x.toDoubleArray(), 4, 64, 3);
      double[] y = forward(LayerNorm.overAxes(1), x);
      assertArrayEquals(forward(LayerNorm.overAxes(1), exact), y, 2e-6, "seed " + SEED);
    }
  }

  private static void check(GradCheck.Subject function, Tensor... inputs) {
    GradCheck.Result first = GradCheck.DEFAULT.check(function, inputs);
    assertTrue(first.passed(), () -> first + ", seed " + SEED);
    GradCheck.Result second = GradCheck.DEFAULT.checkSecond(function, inputs);
    assertTrue(second.passed(), () -> second + ", seed " + SEED);
  }

  @Test
  void gradientsOfTheVariants() {
    try (Scope scope = Scope.open()) {
      Tensor x = normal(scope, 0, 1, 6, 4);
      check(v -> LayerNorm.overAxes(0).forward(v.get(0)), x);
      check(v -> LayerNorm.overAxes(1, 3).forward(v.get(0)), normal(scope, 0, 1, 2, 3, 2, 2));
      check(v -> new L2Normalize(1).forward(v.get(0)), x);
      check(
          v -> WeightNorm.weight(v.get(0), v.get(1)),
          normal(scope, 1, 1, 3, 1),
          normal(scope, 0, 1, 3, 4));
    }
  }

  @Test
  void weightNormStartsAsItsLayer() {
    try (Tape tape = Tape.open();
        Linear linear = new Linear(4, 3, true, new Generator(SEED));
        Conv2d conv = new Conv2d(2, 3, 2);
        WeightNorm norm = new WeightNorm(linear);
        WeightNorm convNorm = new WeightNorm(conv)) {
      Tensor x = tape.scope().of(normal(tape.scope(), 0, 1, 5, 4).toFloatArray(), 5, 4);
      assertArrayEquals(forward(linear, x), forward(norm, x), 1e-6);
      norm.g().value().fill(2);
      double[] w = norm.weight().value().toDoubleArray();
      double squares = Arrays.stream(w, 0, 4).map(v -> v * v).sum();
      assertEquals(4, squares, 1e-5);
      Tensor image =
          tape.scope().of(normal(tape.scope(), 0, 1, 1, 2, 4, 4).toFloatArray(), 1, 2, 4, 4);
      assertArrayEquals(forward(conv, image), forward(convNorm, image), 1e-6);
    }
  }

  @Test
  void spectralNormHasLargestSingularValueOne() {
    try (Tape tape = Tape.open();
        Linear diagonal = new Linear(3, 3, false, new Generator(SEED))) {
      diagonal.weight().value().copyFrom(new double[] {3, 0, 0, 0, -5, 0, 0, 0, 1});
      try (SpectralNorm norm = new SpectralNorm(diagonal, new Generator(SEED))) {
        for (int i = 0; i < 40; i++) {
          norm.weight();
        }
        norm.eval();
        double[] expected = {0.6, 0, 0, 0, -1, 0, 0, 0, 0.2};
        assertArrayEquals(expected, norm.weight().value().toDoubleArray(), 1e-5, "seed " + SEED);
      }
      assertEquals(3, tape.scope().zeros(DType.FLOAT32, 3).elements());
    }
  }

  @Test
  void l2NormalizeDividesByTheLengthOrEps() {
    try (Tape tape = Tape.open()) {
      Variable x = Variable.leaf(tape.scope().of(new double[] {3, 4, 0, 0}, 2, 2));
      Variable y = new L2Normalize(1).forward(x);
      assertArrayEquals(new double[] {0.6, 0.8, 0, 0}, y.value().toDoubleArray(), 1e-15);
      y.backward(tape.scope().of(new double[] {1, 1, 0, 0}, 2, 2));
      double[] dx = Objects.requireNonNull(x.grad()).toDoubleArray();
      assertTrue(Arrays.stream(dx).allMatch(Double::isFinite));
    }
    assertThrows(IllegalArgumentException.class, () -> new L2Normalize(1, 0));
  }

  /** Each virtual batch by itself in training; all together in evaluation. */
  @ParameterizedTest
  @ValueSource(longs = {1, 5})
  void ghostBatchNormSplitsInTrainingOnly(long positions) {
    int size = (int) (12 * positions);
    try (Tape tape = Tape.open();
        BatchNorm1d half = new BatchNorm1d(3);
        GhostBatchNorm ghost = new GhostBatchNorm(new BatchNorm1d(3), 4)) {
      half.to(DType.FLOAT64);
      ghost.to(DType.FLOAT64);
      Tensor x = normal(tape.scope(), 1, 2, 8, 3, positions);
      double[] first = forward(half, x.slice(0, 4));
      double[] second = forward(half, x.slice(4, 8));
      double[] y = forward(ghost, x);
      assertArrayEquals(first, Arrays.copyOfRange(y, 0, size), 1e-12);
      assertArrayEquals(second, Arrays.copyOfRange(y, size, 2 * size), 1e-12);
      assertArrayEquals(
          Objects.requireNonNull(half.runningVar()).toDoubleArray(),
          Objects.requireNonNull(ghost.norm().runningVar()).toDoubleArray(),
          1e-12);
      half.eval();
      ghost.eval();
      assertArrayEquals(forward(half, x), forward(ghost, x), 1e-12);
      ghost.train();
      assertThrows(
          IllegalArgumentException.class,
          () -> ghost.forward(Variable.of(normal(tape.scope(), 0, 1, 6, 3))));
    }
  }

  @Test
  void mergedMomentsAreThoseOfAllData() {
    try (Scope scope = Scope.open()) {
      Tensor x = normal(scope, 1e6, 1, 12, 3, 2);
      ChannelMoments all = ChannelMoments.of(x, Layout.NCHW);
      ChannelMoments merged =
          ChannelMoments.none(3)
              .merge(ChannelMoments.of(x.slice(0, 5), Layout.NCHW))
              .merge(ChannelMoments.of(x.slice(5, 12), Layout.NCHW));
      assertEquals(24, merged.count());
      for (int c = 0; c < 3; c++) {
        assertEquals(all.mean(c), merged.mean(c), 1e-9);
        assertEquals(all.variance(c), merged.variance(c), 1e-9);
        assertEquals(all.unbiasedVariance(c) * 23 / 24, merged.variance(c), 1e-9);
      }
    }
  }

  @Test
  void theDeviationCanBeAveraged() {
    try (Tape tape = Tape.open();
        BatchNorm1d norm =
            BatchNorm1d.builder(1).momentum(0.5).runningStat(RunningStat.STD).build()) {
      norm.to(DType.FLOAT64);
      forward(norm, tape.scope().of(new double[] {-3, 3, -3, 3}, 4, 1));
      double batch = Math.sqrt(12);
      double expected = (1 + batch) / 2;
      assertEquals(
          expected * expected, Objects.requireNonNull(norm.runningVar()).toDoubleArray()[0], 1e-12);
    }
  }

  @Test
  void nonFiniteBatchesCanBeLeftOut() {
    try (Tape tape = Tape.open();
        BatchNorm1d guarded = BatchNorm1d.builder(1).skipNonFinite(true).build();
        BatchNorm1d plain = new BatchNorm1d(1)) {
      Tensor x = tape.scope().of(new float[] {1, Float.NaN, 2}, 3, 1);
      forward(guarded, x);
      forward(plain, x);
      assertEquals(0, guarded.numBatchesTracked());
      assertEquals(1, Objects.requireNonNull(guarded.runningVar()).toDoubleArray()[0]);
      assertTrue(Double.isNaN(Objects.requireNonNull(plain.runningVar()).toDoubleArray()[0]));
    }
  }

  @Test
  void eachTimeStepHasItsOwnStatistics() {
    try (Tape tape = Tape.open();
        RecurrentBatchNorm norm = new RecurrentBatchNorm(1, 2)) {
      Tensor early = tape.scope().of(new float[] {1, 3}, 2, 1);
      Tensor late = tape.scope().of(new float[] {10, 30}, 2, 1);
      forward(norm, early);
      forward(norm, late);
      forward(norm, late);
      double[] first = Objects.requireNonNull(norm.step(0).runningMean()).toDoubleArray();
      double[] second = Objects.requireNonNull(norm.step(1).runningMean()).toDoubleArray();
      assertEquals(0.2, first[0], 1e-6);
      assertEquals(20 * (1 - 0.81), second[0], 1e-5);
      norm.restart();
      forward(norm, early);
      assertNotEquals(
          first[0], Objects.requireNonNull(norm.step(0).runningMean()).toDoubleArray()[0]);
    }
  }

  @Test
  void advice() {
    assertEquals(
        NormAdvice.Choice.LAYER_NORM, NormAdvice.recommend(NormAdvice.Layer.LINEAR, 256, false));
    assertEquals(
        NormAdvice.Choice.GROUP_NORM, NormAdvice.recommend(NormAdvice.Layer.RECURRENT, 256, true));
    assertEquals(
        NormAdvice.Choice.BATCH_NORM,
        NormAdvice.recommend(NormAdvice.Layer.CONVOLUTION, 64, false));
    assertEquals(
        NormAdvice.Choice.GROUP_NORM, NormAdvice.recommend(NormAdvice.Layer.CONVOLUTION, 2, false));
  }
}
