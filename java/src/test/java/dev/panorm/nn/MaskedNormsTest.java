package dev.panorm.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.EpsMode;
import dev.panorm.Layout;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.GradCheck;
import dev.panorm.autograd.Normalize;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Norms of padded sequences against the same norms of the real positions alone. Both are float64
 * and differ in the order of fewer than 30 summands near 10: 1e-12 is 300 roundings.
 */
final class MaskedNormsTest {

  private static final long SEED = 33;
  private static final double BOUND = 1e-12;
  private static final int LONGEST = 5;
  private static final int FEATURES = 3;
  private static final long[] LENGTHS = {5, 2, 0, 3};

  private static <T> T present(@Nullable T value) {
    return Objects.requireNonNull(value);
  }

  /** Data [N, longest, features] whose padding is of every unpleasant kind. */
  private static Tensor padded(Scope scope) {
    Tensor x = scope.empty(DType.FLOAT64, LENGTHS.length, LONGEST, FEATURES);
    RandomStream stream = new RandomStream(SEED, 1);
    double[] padding = {Double.NaN, Double.POSITIVE_INFINITY, 1e300, -7};
    x.fill(i -> isReal(i) ? 2 + 3 * stream.normal(i) : padding[(int) (i % 4)]);
    return x;
  }

  private static boolean isReal(long element) {
    long position = element / FEATURES;
    return position % LONGEST < LENGTHS[(int) (position / LONGEST)];
  }

  private static Tensor upstream(Scope scope) {
    Tensor dy = scope.empty(DType.FLOAT64, LENGTHS.length, LONGEST, FEATURES);
    new RandomStream(SEED, 2).fillNormal(dy, 0, 1);
    return dy;
  }

  private static Tensor mask(Scope scope) {
    return PaddingMask.ofLengths(scope, DType.FLOAT64, LONGEST, LENGTHS);
  }

  /** The real elements of [N, longest, features], one after the other. */
  private static double[] real(double[] all) {
    List<Double> kept = new ArrayList<>();
    for (int i = 0; i < all.length; i++) {
      if (isReal(i)) {
        kept.add(all[i]);
      } else {
        assertEquals(0, all[i], "padding at " + i);
      }
    }
    return kept.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static double[] pick(double[] all) {
    double[] copy = all.clone();
    for (int i = 0; i < copy.length; i++) {
      copy[i] = isReal(i) ? copy[i] : 0;
    }
    return real(copy);
  }

  private static BatchNorm1d norm(EpsMode mode) {
    BatchNorm1d norm =
        BatchNorm1d.builder(FEATURES).layout(Layout.NHWC).epsMode(mode).eps(0.1).build();
    norm.to(DType.FLOAT64);
    present(norm.weight()).value().copyFrom(2.0, -1, 0.5);
    present(norm.bias()).value().copyFrom(1.0, 2, 3);
    return norm;
  }

  @ParameterizedTest
  @EnumSource(EpsMode.class)
  void batchNormOfTheRealPositions(EpsMode mode) {
    try (Scope scope = Scope.open();
        MaskedBatchNorm masked = new MaskedBatchNorm(norm(mode));
        BatchNorm1d plain = norm(mode);
        Tape _ = Tape.open()) {
      Variable x = Variable.leaf(padded(scope));
      Tensor dy = upstream(scope);
      Variable y = masked.forward(x, mask(scope));
      y.backward(dy);

      double[] data = pick(x.value().toDoubleArray());
      Variable packed = Variable.leaf(scope.of(data, 10, FEATURES));
      Variable expected = plain.forward(packed);
      expected.backward(scope.of(pick(dy.toDoubleArray()), 10, FEATURES));

      assertArrayEquals(expected.value().toDoubleArray(), real(y.value().toDoubleArray()), BOUND);
      assertArrayEquals(gradient(packed), real(gradient(x)), BOUND);
      assertArrayEquals(
          gradient(present(plain.weight())), gradient(present(masked.norm().weight())), BOUND);
      assertArrayEquals(
          gradient(present(plain.bias())), gradient(present(masked.norm().bias())), BOUND);
      plain
          .namedBuffers()
          .forEach(
              (name, buffer) ->
                  assertArrayEquals(
                      buffer.toDoubleArray(),
                      present(masked.norm().namedBuffers().get(name)).toDoubleArray(),
                      BOUND,
                      name));
    }
  }

  private static double[] gradient(Variable variable) {
    return present(variable.grad()).toDoubleArray();
  }

  @Test
  void inEvaluationTheRunningStatisticsServe() {
    try (Scope scope = Scope.open();
        MaskedBatchNorm masked = new MaskedBatchNorm(norm(EpsMode.INSIDE_SQRT));
        Tape _ = Tape.open()) {
      masked.eval();
      Tensor x = padded(scope);
      double[] y = masked.forward(Variable.of(x), mask(scope)).value().toDoubleArray();
      Variable packed = Variable.of(scope.of(pick(x.toDoubleArray()), 10, FEATURES));
      assertArrayEquals(masked.norm().forward(packed).value().toDoubleArray(), real(y), BOUND);
      assertEquals(0, masked.norm().numBatchesTracked());
    }
  }

  @Test
  void channelsFirstIsTheSame() {
    try (Scope scope = Scope.open();
        MaskedBatchNorm last = new MaskedBatchNorm(norm(EpsMode.INSIDE_SQRT));
        Tape _ = Tape.open()) {
      BatchNorm1d inner = BatchNorm1d.builder(FEATURES).eps(0.1).build();
      inner.to(DType.FLOAT64);
      inner.loadStateDict(last.norm().stateDict());
      try (MaskedBatchNorm same = new MaskedBatchNorm(inner)) {
        Tensor x = padded(scope);
        Tensor transposed = scope.empty(DType.FLOAT64, LENGTHS.length, FEATURES, LONGEST);
        transposed.fill(i -> x.get(transposedIndex(i)));
        double[] expected = last.forward(Variable.of(x), mask(scope)).value().toDoubleArray();
        Tensor y = same.forward(Variable.of(transposed), mask(scope)).value();
        for (int i = 0; i < expected.length; i++) {
          assertEquals(expected[(int) transposedIndex(i)], y.get(i), BOUND);
        }
      }
    }
  }

  /** Where element i of [N, features, longest] stands in [N, longest, features]. */
  private static long transposedIndex(long i) {
    long sample = i / (FEATURES * LONGEST);
    long feature = i / LONGEST % FEATURES;
    return (sample * LONGEST + i % LONGEST) * FEATURES + feature;
  }

  /** Over positions and features of each sequence; the empty one is all zeros. */
  @Test
  void layerNormOfEachRealSequence() {
    try (Scope scope = Scope.open();
        LayerNormOverAxes norm = LayerNormOverAxes.builder(1, 2).affine(FEATURES).build();
        Tape _ = Tape.open()) {
      norm.to(DType.FLOAT64);
      present(norm.weight()).value().copyFrom(2.0, -1, 0.5);
      present(norm.bias()).value().copyFrom(1.0, 2, 3);
      Variable x = Variable.leaf(padded(scope));
      Tensor dy = upstream(scope);
      Variable y = norm.forward(x, mask(scope).view(LENGTHS.length, LONGEST, 1));
      y.backward(dy);
      real(y.value().toDoubleArray());
      real(gradient(x));
      for (int n = 0; n < LENGTHS.length; n++) {
        if (LENGTHS[n] > 0) {
          long length = LENGTHS[n];
          Variable alone = Variable.leaf(scope.copyOf(sequence(x.value(), n)));
          Variable expected = norm.forward(alone);
          expected.backward(scope.copyOf(sequence(dy, n)));
          double[] got = sequence(y.value(), n).toDoubleArray();
          assertArrayEquals(expected.value().toDoubleArray(), got, BOUND);
          double[] dx = sequence(present(x.grad()), n).toDoubleArray();
          assertArrayEquals(gradient(alone), dx, BOUND, "length " + length);
        }
      }
    }
  }

  /** The real positions of a sequence as a batch of one. */
  private static Tensor sequence(Tensor all, int n) {
    Tensor one = all.slice(n, n + 1).view(LONGEST, FEATURES).slice(0, LENGTHS[n]);
    return one.view(1, LENGTHS[n], FEATURES);
  }

  @ParameterizedTest
  @EnumSource(EpsMode.class)
  void gradientsOfGradients(EpsMode mode) {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.empty(DType.FLOAT64, 2, 4, 2);
      new RandomStream(SEED, 3).fillNormal(x, 1, 2);
      Tensor mask = scope.of(new double[] {1, 1, 1, 0, 1, 1, 0, 0}, 2, 4, 1);
      GradCheck.Subject norm = v -> Normalize.overAxes(v.get(0), mask, mode, 0.1, 0, 1);
      GradCheck.Result first = GradCheck.DEFAULT.check(norm, x);
      assertTrue(first.passed(), () -> first + ", seed " + SEED);
      GradCheck.Result second = GradCheck.DEFAULT.checkSecond(norm, x);
      assertTrue(second.passed(), () -> second + ", seed " + SEED);
    }
  }

  /** Rounding of the mean, 1e4 · 2^−24, is taken away by centring twice; 1e-5 is left for r. */
  @Test
  void aLargeMeanCostsNoDigits() {
    try (Scope scope = Scope.open();
        Tape _ = Tape.open()) {
      Tensor x = scope.empty(DType.FLOAT32, 2, 50, 3);
      new RandomStream(SEED, 4).fillNormal(x, 1e4, 1);
      Tensor wide = scope.empty(DType.FLOAT64, x.shape());
      wide.copyFrom(x);
      Tensor mask = PaddingMask.ofLengths(scope, DType.FLOAT32, 50, 50, 30).view(2, 50, 1);
      Tensor wideMask = PaddingMask.ofLengths(scope, DType.FLOAT64, 50, 50, 30).view(2, 50, 1);
      double[] expected = normalized(Variable.of(wide), wideMask);
      assertArrayEquals(expected, normalized(Variable.of(x), mask), 1e-5, "seed " + SEED);
    }
  }

  private static double[] normalized(Variable x, Tensor mask) {
    return Normalize.overAxes(x, mask, EpsMode.INSIDE_SQRT, 1e-5, 1, 2).value().toDoubleArray();
  }

  @Test
  void badInputIsNamed() {
    try (Scope scope = Scope.open();
        MaskedBatchNorm masked = new MaskedBatchNorm(norm(EpsMode.INSIDE_SQRT));
        Tape _ = Tape.open()) {
      Variable x = Variable.of(padded(scope));
      assertEquals(
          "maskedBatchNorm: mask's shape is [4, 4], expected [4, 5]",
          refused(() -> masked.forward(x, scope.ones(DType.FLOAT64, 4, 4))));
      assertEquals(
          "maskedBatchNorm: mask is 0 real positions, expected two or more",
          refused(() -> masked.forward(x, scope.zeros(DType.FLOAT64, 4, 5))));
      assertEquals(
          "mask: b has dtype float32, expected float64",
          refused(() -> masked.forward(x, scope.ones(DType.FLOAT32, 4, 5))));
      assertEquals(
          "overAxes: mask's shape is [2, 4, 5, 3], expected one that broadcasts to [4, 5, 3]",
          refused(() -> LayerNorm.overAxes(1).forward(x, scope.ones(DType.FLOAT64, 2, 4, 5, 3))));
      assertEquals(
          "paddingMask: length is 6, expected 0 to 5",
          refused(() -> PaddingMask.ofLengths(scope, DType.FLOAT64, 5, 6)));
      assertEquals(0, masked.norm().numBatchesTracked());
    }
  }

  private static @Nullable String refused(Runnable call) {
    return assertThrows(IllegalArgumentException.class, call::run).getMessage();
  }
}
