package dev.panorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.GradCheck;
import dev.panorm.autograd.Normalize;
import dev.panorm.autograd.Products;
import dev.panorm.autograd.Shapes;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.data.Dataset;
import dev.panorm.nn.BatchNorm;
import dev.panorm.nn.BatchNorm1d;
import dev.panorm.nn.BatchNorm2d;
import dev.panorm.nn.BatchNormPerActivation;
import dev.panorm.nn.ChannelMoments;
import dev.panorm.nn.Fold;
import dev.panorm.nn.GroupNorm;
import dev.panorm.nn.InstanceNorm1d;
import dev.panorm.nn.LayerNorm;
import dev.panorm.nn.LayerNormOverAxes;
import dev.panorm.nn.Linear;
import dev.panorm.nn.LocalResponseNorm;
import dev.panorm.nn.Module;
import dev.panorm.nn.ReLU;
import dev.panorm.nn.Sequential;
import dev.panorm.nn.WeightNorm;
import dev.panorm.ops.NormSpec;
import dev.panorm.train.BatchNormStatistics;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Rows N05 to N41 of the lecture notes as far as a test pins them, one method per row. */
final class SeedsNormTest {

  private static final double GOLDEN = 1e-6;
  private static final double H = 1.2247448713915890;
  private static final RandomStream STREAM = new RandomStream(5, 4);

  /** A[2, 3, 4]: 1 to 12, then the even numbers 2 to 24. */
  private static final double[] A = data(24, i -> i < 12 ? i + 1 : 2 * (i - 11));

  /** Rows that differ, [4, 3]. */
  private static final double[] X = {1, 2, 4, -1, 0, 3, 2, 5, -2, 0, 1, 7};

  private static double[] data(int count, IntToDoubleFunction value) {
    return IntStream.range(0, count).mapToDouble(value).toArray();
  }

  private static double[] run(Module module, double[] x, long... dims) {
    module.to(DType.FLOAT64);
    try (Tape tape = Tape.open()) {
      return module.forward(Variable.of(tape.scope().of(x, dims))).value().toDoubleArray();
    }
  }

  private static double[] norm(NormSpec spec, double[] x, long... dims) {
    try (Tape tape = Tape.open()) {
      Variable data = Variable.of(tape.scope().of(x, dims));
      return Normalize.norm(spec, data, null, null).value().toDoubleArray();
    }
  }

  private static double[] values(@Nullable Tensor tensor) {
    return Objects.requireNonNull(tensor).toDoubleArray();
  }

  @Test
  void n05LayerNormOfAVector() {
    double r = 1 / Math.sqrt(2.0 / 3 + 0.5);
    try (LayerNorm norm = LayerNorm.builder(3).eps(0.5).build()) {
      assertArrayEquals(new double[] {-r, 0, r}, run(norm, new double[] {1, 2, 3}, 3), GOLDEN);
    }
  }

  @Test
  void n06LayerNormAfterTheActivation() {
    try (Linear linear = new Linear(2, 3, false, new Generator(1));
        Sequential network =
            new Sequential(linear, new ReLU(), LayerNorm.builder(3).eps(0).build())) {
      linear.weight().value().copyFrom(new float[] {-1, 0, 1, 0, 0, 2});
      assertArrayEquals(new double[] {-H, 0, H}, run(network, new double[] {1, 1}, 1, 2), GOLDEN);
    }
  }

  @Test
  void n07LayerNormDoesNotSeeTheBatch() {
    try (LayerNorm norm = new LayerNorm(3)) {
      double[] training = run(norm, X, 4, 3);
      norm.eval();
      assertArrayEquals(training, run(norm, X, 4, 3));
      double[] first = run(norm, Arrays.copyOf(X, 3), 1, 3);
      assertArrayEquals(Arrays.copyOf(training, 3), first, 1e-15);
      assertTrue(norm.namedBuffers().isEmpty());
    }
  }

  @Test
  void n08LayerNormOverTheFeatureAxis() {
    double[] expected = data(24, i -> (i / 4 % 3 - 1) * H);
    try (LayerNormOverAxes norm = LayerNormOverAxes.builder(1).eps(0).build();
        Scope scope = Scope.open()) {
      assertArrayEquals(expected, run(norm, A, 2, 3, 4), GOLDEN);
      Tensor x = scope.of(X, 2, 3, 2);
      GradCheck.Result result = GradCheck.DEFAULT.check(v -> norm.forward(v.get(0)), x);
      assertTrue(result.passed(), result::toString);
      assertThrows(IllegalArgumentException.class, () -> run(norm, X, 12));
    }
  }

  @Test
  void n09LayerNormOverChannelsWithEpsOutside() {
    double first = 4 / (Math.sqrt(32.0 / 3) + 0.1);
    double second = 8 / (Math.sqrt(128.0 / 3) + 0.1);
    double[] expected = data(24, i -> (i / 4 % 3 - 1) * (i < 12 ? first : second));
    try (LayerNormOverAxes norm =
        LayerNormOverAxes.builder(1).eps(0.1).epsMode(EpsMode.OUTSIDE).build()) {
      assertArrayEquals(expected, run(norm, A, 2, 3, 4), GOLDEN);
    }
  }

  @Test
  void n10BatchNormIsLayerNormOfTheTranspose() {
    try (Tape tape = Tape.open()) {
      Variable x = Variable.of(tape.scope().of(X, 4, 3));
      Variable rows = Normalize.norm(NormSpec.layerNorm(4), Shapes.transpose(x), null, null);
      assertArrayEquals(
          norm(NormSpec.batchNorm(), X, 4, 3),
          Shapes.transpose(rows).value().toDoubleArray(),
          1e-14);
    }
  }

  @Test
  void n11BatchNormAlgorithm1() {
    double r = 1 / Math.sqrt(1.25 + 1e-5);
    try (BatchNorm1d norm = new BatchNorm1d(1)) {
      Objects.requireNonNull(norm.weight()).value().fill(2);
      Objects.requireNonNull(norm.bias()).value().fill(1);
      assertArrayEquals(
          new double[] {1 - 3 * r, 1 - r, 1 + r, 1 + 3 * r},
          run(norm, new double[] {1, 2, 3, 4}, 4, 1),
          1e-14);
    }
  }

  @Test
  void n12EpsInTheVarianceIsReported() {
    try (BatchNorm1d plain = BatchNorm1d.builder(3).eps(0.5).momentum(1).build();
        BatchNorm1d inside =
            BatchNorm1d.builder(3).eps(0.5).momentum(1).epsMode(EpsMode.IN_VARIANCE).build()) {
      assertArrayEquals(run(plain, X, 4, 3), run(inside, X, 4, 3), 1e-15);
      for (int c = 0; c < 3; c++) {
        assertTrue(values(inside.runningVar())[c] > values(plain.runningVar())[c] + 0.49);
      }
    }
  }

  @Test
  void n13BatchNormWithEpsOutside() {
    double[] y = norm(spec(0.5).withEpsMode(EpsMode.OUTSIDE), new double[] {1, 3}, 2, 1);
    assertArrayEquals(new double[] {-1 / 1.5, 1 / 1.5}, y, 1e-15);
  }

  private static NormSpec spec(double eps) {
    return NormSpec.batchNorm().withEps(eps);
  }

  @Test
  void n14PerActivation() {
    BatchNorm1d inner = BatchNorm1d.builder(4).eps(0).momentum(1).build();
    try (BatchNormPerActivation norm = new BatchNormPerActivation(Shape.of(1, 4), inner)) {
      double[] y = run(norm, new double[] {1, 2, 3, 4, 2, 4, 6, 8}, 2, 1, 4);
      assertArrayEquals(new double[] {-1, -1, -1, -1, 1, 1, 1, 1}, y, GOLDEN);
      assertArrayEquals(new double[] {1.5, 3, 4.5, 6}, values(inner.runningMean()), GOLDEN);
      assertArrayEquals(new double[] {0.5, 2, 4.5, 8}, values(inner.runningVar()), GOLDEN);
    }
  }

  @Test
  void n15Spatial() {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.of(new double[] {1, 2, 3, 4, 2, 4, 6, 8}, 2, 1, 2, 2);
      ChannelMoments all = ChannelMoments.of(x, Layout.NCHW);
      assertEquals(3.75, all.mean(0), GOLDEN);
      assertEquals(4.6875, all.variance(0), GOLDEN);
    }
    try (BatchNorm2d norm = BatchNorm2d.builder(1).eps(0).build()) {
      double[] y = run(norm, new double[] {1, 2, 3, 4, 2, 4, 6, 8}, 2, 1, 2, 2);
      assertEquals((1 - 3.75) / Math.sqrt(4.6875), y[0], GOLDEN);
    }
  }

  @Test
  void n16FullyConnected() {
    double[] y = norm(spec(0), new double[] {1, 10, 3, 30}, 2, 2);
    assertArrayEquals(new double[] {-1, -1, 1, 1}, y, 1e-15);
  }

  @Test
  void n17BothLayouts() {
    double[] first = norm(spec(0.1), A, 2, 3, 2, 2);
    double[] last =
        norm(
            spec(0.1).withLayout(Layout.NHWC),
            data(24, i -> A[i / 12 * 12 + i % 3 * 4 + i / 3 % 4]),
            2,
            2,
            2,
            3);
    assertArrayEquals(data(24, i -> first[i / 12 * 12 + i % 3 * 4 + i / 3 % 4]), last, 1e-14);
  }

  @Test
  void n18ScaleAndShift() {
    try (BatchNorm1d norm = new BatchNorm1d(2);
        BatchNorm1d bare = BatchNorm1d.builder(2).affine(false).build()) {
      assertArrayEquals(new double[] {1, 1}, values(Objects.requireNonNull(norm.weight()).value()));
      assertArrayEquals(new double[] {0, 0}, values(Objects.requireNonNull(norm.bias()).value()));
      assertTrue(bare.parameters().isEmpty());
    }
  }

  @Test
  void n19DecayWeighsTheOldValue() {
    double momentum = BatchNorm.momentumFromDecay(0.75);
    try (BatchNorm1d norm = BatchNorm1d.builder(1).momentum(momentum).build()) {
      run(norm, new double[] {1, 3}, 2, 1);
      assertArrayEquals(new double[] {0.5}, values(norm.runningMean()), 1e-15);
      assertArrayEquals(new double[] {0.75 + 0.25 * 2}, values(norm.runningVar()), 1e-15);
    }
  }

  private static Dataset samples(Scope scope, double[] x, long features) {
    long count = x.length / features;
    return new Dataset(scope.of(x, count, features), scope.zeros(DType.INT64, count), 2);
  }

  @Test
  void n21PooledStatisticsAreThoseOfTheWholeData() {
    try (Scope scope = Scope.open();
        BatchNorm1d norm = new BatchNorm1d(3)) {
      norm.to(DType.FLOAT64);
      ChannelMoments whole = ChannelMoments.of(scope.of(X, 4, 3), Layout.NCHW);
      BatchNormStatistics.pooled(norm, samples(scope, X, 3), 2);
      double[] variance = values(norm.runningVar());
      for (int c = 0; c < 3; c++) {
        assertEquals(whole.variance(c), variance[c], 1e-14);
      }
    }
  }

  @Test
  void n22Algorithm2LeavesOutTheVarianceBetweenBatches() {
    try (Scope scope = Scope.open();
        BatchNorm1d norm = new BatchNorm1d(1)) {
      norm.to(DType.FLOAT64);
      BatchNormStatistics.algorithm2(norm, samples(scope, new double[] {0, 2, 10, 14}, 1), 2);
      assertArrayEquals(new double[] {6.5}, values(norm.runningMean()), 1e-15);
      assertArrayEquals(new double[] {2 * (1 + 4) / 2.0}, values(norm.runningVar()), 1e-15);
    }
  }

  @Test
  void n23FoldedIsFrozen() {
    try (Linear linear = new Linear(3, 3, true, new Generator(2));
        BatchNorm1d norm = new BatchNorm1d(3);
        Sequential both = new Sequential(linear, norm)) {
      run(both, X, 4, 3);
      both.eval();
      try (Linear folded = Fold.batchNorm(linear, norm)) {
        assertArrayEquals(run(both, X, 4, 3), run(folded, X, 4, 3), 1e-13);
      }
    }
  }

  /** ∂BN((aW)u)/∂u = ∂BN(Wu)/∂u and ∂BN((aW)u)/∂(aW) = ∂BN(Wu)/∂W / a, eps 0. */
  @Test
  void n25ScaleInvariance() {
    double[][] one = invariance(1);
    double[][] four = invariance(4);
    assertArrayEquals(one[0], four[0], 1e-13);
    assertArrayEquals(one[1], four[1], 1e-13);
  }

  @Test
  void n41TheGradientOfALargerWeightIsSmaller() {
    double[] one = invariance(1)[2];
    double[] four = invariance(4)[2];
    assertArrayEquals(one, data(one.length, i -> 4 * four[i]), 1e-13);
  }

  private static double[][] invariance(double a) {
    try (Tape tape = Tape.open()) {
      Tensor weights = tape.scope().empty(DType.FLOAT64, 3, 3);
      STREAM.fillNormal(weights, 0, 1);
      weights.copyFrom(Arrays.stream(weights.toDoubleArray()).map(w -> a * w).toArray());
      Variable w = Variable.leaf(weights);
      Variable u = Variable.leaf(tape.scope().of(X, 4, 3));
      Variable y = Normalize.norm(spec(0), Products.linear(u, w, null), null, null);
      Tensor upstream = tape.scope().of(data(12, i -> Math.sin(i)), 4, 3);
      y.backward(upstream);
      return new double[][] {y.value().toDoubleArray(), values(u.grad()), values(w.grad())};
    }
  }

  @Test
  void n26BatchOfOne() {
    try (BatchNorm1d batch = new BatchNorm1d(2);
        LayerNorm layer = LayerNorm.builder(2).eps(0).build()) {
      double[] x = {1, 2};
      assertThrows(IllegalArgumentException.class, () -> run(batch, x, 1, 2));
      assertArrayEquals(new double[] {-1, 1}, run(layer, x, 1, 2), 1e-15);
    }
  }

  @Test
  void n27SamplesMix() {
    assertTrue(otherSamplesGradient(NormSpec.batchNorm()) > 1e-3);
    assertEquals(0, otherSamplesGradient(NormSpec.layerNorm(3)));
  }

  private static double otherSamplesGradient(NormSpec norm) {
    try (Tape tape = Tape.open()) {
      Variable x = Variable.leaf(tape.scope().of(X, 4, 3));
      Tensor upstream = tape.scope().of(data(12, i -> i == 0 ? 1 : 0), 4, 3);
      Normalize.norm(norm, x, null, null).backward(upstream);
      return Arrays.stream(values(x.grad())).skip(3).map(Math::abs).sum();
    }
  }

  @Test
  void n29GroupNorm() {
    double[] x = Arrays.copyOf(X, 12);
    double[] layer = norm(NormSpec.layerNorm(3, 2), x, 2, 3, 2);
    try (GroupNorm one = new GroupNorm(1, 3);
        GroupNorm size = GroupNorm.ofGroupSize(3, 3)) {
      assertArrayEquals(layer, run(one, x, 2, 3, 2), 1e-14);
      assertArrayEquals(layer, run(size, x, 2, 3, 2), 1e-14);
    }
  }

  @Test
  void n30InstanceNormIsGroupNormOfSingleChannels() {
    try (GroupNorm groups = new GroupNorm(3, 3);
        InstanceNorm1d instance = new InstanceNorm1d(3)) {
      assertArrayEquals(run(groups, A, 2, 3, 4), run(instance, A, 2, 3, 4), 1e-14);
    }
  }

  @Test
  void n31Signature() {
    try (BatchNorm1d norm = BatchNorm1d.builder(3).build();
        BatchNorm1d bare = BatchNorm1d.builder(3).trackRunningStats(false).build()) {
      assertEquals(1e-5, norm.spec().eps());
      double[] training = run(bare, X, 4, 3);
      bare.eval();
      assertArrayEquals(training, run(bare, X, 4, 3));
      run(norm, X, 4, 3);
      assertEquals(0.1 * 0.5, values(norm.runningMean())[0], 1e-15);
    }
  }

  @Test
  void n32LocalResponseNormWithoutDivision() {
    try (LocalResponseNorm norm =
        new LocalResponseNorm(3, 1, 1, 0, LocalResponseNorm.AlphaMode.SUM)) {
      assertArrayEquals(
          new double[] {1 / 5.0, 2 / 14.0, 3 / 29.0, 4 / 25.0},
          run(norm, new double[] {1, 2, 3, 4}, 1, 4, 1),
          GOLDEN);
    }
  }

  @Test
  void n33WeightNorm() {
    try (Linear linear = new Linear(2, 1, false, new Generator(1))) {
      linear.weight().value().copyFrom(new float[] {3, 4});
      try (WeightNorm norm = new WeightNorm(linear);
          Tape tape = Tape.open()) {
        norm.to(DType.FLOAT64);
        assertEquals(5, norm.g().item(), GOLDEN);
        norm.v().value().copyFrom(6.0, 8.0);
        norm.g().value().fill(10);
        assertArrayEquals(new double[] {6, 8}, norm.weight().value().toDoubleArray(), 1e-14);
        Variable x = Variable.of(tape.scope().of(new double[] {1, 0}, 1, 2));
        Sums.sum(Arithmetic.square(norm.forward(x))).backward();
        double[] dv = values(norm.v().grad());
        assertEquals(0, 6 * dv[0] + 8 * dv[1], 1e-13);
        assertEquals(2 * 6 * 0.6, values(norm.g().grad())[0], 1e-13);
      }
    }
  }
}
