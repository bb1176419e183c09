package dev.panorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Loss;
import dev.panorm.autograd.Normalize;
import dev.panorm.autograd.Products;
import dev.panorm.autograd.Shapes;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.nn.BatchNorm;
import dev.panorm.nn.BatchNorm1d;
import dev.panorm.nn.BatchNorm2d;
import dev.panorm.nn.ChannelMoments;
import dev.panorm.nn.Conv2d;
import dev.panorm.nn.Flatten;
import dev.panorm.nn.Fold;
import dev.panorm.nn.Linear;
import dev.panorm.nn.Module;
import dev.panorm.nn.Parameter;
import dev.panorm.nn.Sequential;
import dev.panorm.ops.LossReduction;
import dev.panorm.ops.NormSpec;
import dev.panorm.optim.Adam;
import dev.panorm.optim.Optimizer;
import dev.panorm.optim.Sgd;
import dev.panorm.regularize.GaussianPerturbation;
import dev.panorm.regularize.OriginalDropout;
import dev.panorm.regularize.Penalty;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

/**
 * Things of the lecture notes that are the same by different ways, in float64 for any data; u =
 * 2^−53.
 */
final class EquivalencesTest {

  private static Tensor uniform(Scope scope, long seed, long stream, double most, long... dims) {
    Tensor tensor = scope.empty(DType.FLOAT64, dims);
    new RandomStream(seed, stream).fillUniform(tensor, -most, most);
    return tensor;
  }

  private static double[] values(@Nullable Tensor tensor) {
    return Objects.requireNonNull(tensor).toDoubleArray();
  }

  // --------------------------------------------------------------------------- L2 and decay

  /** Steps of a linear model whose loss has a penalty; returns its weights. */
  private static double[] steps(
      long seed, int count, Penalty penalty, Function<List<Parameter>, Optimizer> optimizer) {
    try (Linear model = new Linear(5, 1, false, new Generator(1))) {
      model.to(DType.FLOAT64);
      new RandomStream(seed, 0).fillUniform(model.weight().value(), -2, 2);
      try (Optimizer steps = optimizer.apply(model.parameters())) {
        for (int i = 0; i < count; i++) {
          try (Tape tape = Tape.open()) {
            Variable x = Variable.of(uniform(tape.scope(), seed, 1, 1, 8, 5));
            Variable t = Variable.of(uniform(tape.scope(), seed, 2, 2, 8, 1));
            Variable loss = Loss.mse(LossReduction.MEAN, model.forward(x), t);
            steps.zeroGrad();
            Arithmetic.add(loss, penalty.of(model.weight())).backward();
            steps.step();
          }
        }
      }
      return values(model.weight().value());
    }
  }

  /**
   * |x| ≤ 1 and 5 features keep the Hessian at or below 2 · 5 + λ, so rates up to 0.05 shrink what
   * has gone wrong before. The gradient is at most 2 · (5 · 2 + 2) + λ · 2 < 28 and has 20
   * roundings: a step adds 0.05 · 28 · 20 u + 2 · 2 u < 32 u on each of both ways, 8 steps 512 u =
   * 6e-14.
   */
  @Property(tries = 50)
  void sgdWithL2IsSgdWithDecay(
      @ForAll long seed,
      @ForAll @DoubleRange(min = 0.01, max = 0.05) double rate,
      @ForAll @DoubleRange(min = 0, max = 1) double lambda,
      @ForAll @IntRange(min = 1, max = 8) int count) {
    double[] l2 = steps(seed, count, Penalty.l2(lambda), p -> Sgd.of(p, rate));
    double[] decay =
        steps(
            seed,
            count,
            Penalty.l2(0),
            p -> Sgd.builder(p).learningRate(rate).weightDecay(lambda).build());
    assertArrayEquals(decay, l2, 6e-14);
  }

  /**
   * Adam's first step is rate · sign(g + λθ) with L2, and rate · sign(g) beside rate · λ · θ with
   * decay: apart by rate · λ|θ|, or by rate · (2 − λ|θ|) ≥ rate where the signs differ. Its eps
   * changes a step by 1e-8 over the gradient, which the half leaves room for.
   */
  @Property(tries = 50)
  void adamWithL2IsNotAdamWithDecay(
      @ForAll long seed,
      @ForAll @DoubleRange(min = 0.01, max = 0.05) double rate,
      @ForAll @DoubleRange(min = 0.05, max = 0.5) double lambda) {
    double[] l2 = steps(seed, 1, Penalty.l2(lambda), p -> Adam.of(p, rate));
    double[] decay =
        steps(
            seed,
            1,
            Penalty.l2(0),
            p -> Adam.adamW(p).learningRate(rate).weightDecay(lambda).build());
    double[] start = steps(seed, 0, Penalty.l2(0), p -> Adam.of(p, rate));
    double apart = 0;
    double largest = 0;
    for (int i = 0; i < start.length; i++) {
      apart = Math.max(apart, Math.abs(l2[i] - decay[i]));
      largest = Math.max(largest, Math.abs(start[i]));
    }
    assertTrue(apart > rate * lambda * largest / 2, apart + " apart from " + largest);
  }

  // ------------------------------------------------------------------------ noise and dropout

  /**
   * With r = wᵀx − t and s² = λ‖w‖², the loss (r + N(0, s²))² has the mean r² + s² and the variance
   * 2 s⁴ + 4 r² s²; 6 deviations of the mean of 20,000 are missed once in 10⁹ times. Rounding adds
   * one unit of the sum for each of them at most.
   */
  @Property(tries = 30)
  void inputNoiseIsL2ForALinearModel(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 6) int features,
      @ForAll @DoubleRange(min = 0, max = 1) double lambda) {
    int samples = 20_000;
    try (Tape tape = Tape.open()) {
      Tensor weights = uniform(tape.scope(), seed, 3, 2, 1, features);
      Tensor point = uniform(tape.scope(), seed, 4, 1, 1, features);
      Variable w = Variable.of(weights);
      double target = new RandomStream(seed, 5).uniform(0);
      double residual = Products.linear(Variable.of(point), w, null).item() - target;
      Variable x = Sums.expand(Variable.of(point), Shape.of(samples, features));
      Variable noisy = new GaussianPerturbation(lambda).apply(x, new RandomStream(seed, 6));
      Variable error = Arithmetic.affine(Products.linear(noisy, w, null), 1, -target);
      double loss = Sums.mean(Arithmetic.square(error)).item();

      double penalty = Penalty.l2WithoutHalf(lambda).of(w).item();
      double variance = 2 * penalty * penalty + 4 * residual * residual * penalty;
      double expected = residual * residual + penalty;
      double bound = 6 * Math.sqrt(variance / samples) + samples * Math.ulp(expected);
      assertEquals(expected, loss, bound);
    }
  }

  /**
   * All 2ⁿ masks: Σ p(M) f(M ∘ y) = f(p y) for a linear f, and f(y) where what is kept is divided
   * by p. |f| ≤ 8 · 2 · 1 / 0.1 + 2, and sums of 2⁸ such with 20 roundings each and weights that
   * add up to 1: 162 · 276 u = 5e-12.
   */
  @Property(tries = 50)
  void theMeanOfDropoutIsTheEnsemble(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 8) int units,
      @ForAll @DoubleRange(min = 0.1, max = 1) double kept) {
    try (Tape tape = Tape.open()) {
      Scope scope = tape.scope();
      Variable w = Variable.of(uniform(scope, seed, 7, 2, 3, units));
      Variable b = Variable.of(uniform(scope, seed, 8, 2, 3));
      Variable y = Variable.of(uniform(scope, seed, 9, 1, 1, units));
      int count = 1 << units;
      Tensor masks = scope.empty(DType.FLOAT64, count, units);
      masks.fill(i -> ((i / units) >> (i % units)) & 1);
      Tensor shares = scope.empty(DType.FLOAT64, 1, count);
      shares.fill(
          mask -> {
            int ones = Long.bitCount(mask);
            return Math.pow(kept, ones) * Math.pow(1 - kept, units - ones);
          });
      Variable dropped = Arithmetic.mul(Variable.of(masks), y);
      Function<Variable, double[]> mean =
          z ->
              values(
                  Products.mm(false, false, Variable.of(shares), Products.linear(z, w, b)).value());
      Variable scaled = new OriginalDropout(kept).eval(y);
      assertArrayEquals(values(Products.linear(scaled, w, b).value()), mean.apply(dropped), 5e-12);
      assertArrayEquals(
          values(Products.linear(y, w, b).value()),
          mean.apply(Arithmetic.scale(dropped, 1 / kept)),
          5e-12);
    }
  }

  // ------------------------------------------------------------------------------------ norms

  /**
   * Output and gradient of a norm without scale and shift. Values up to 4 with eps 0.1: rstd ≤ 3.2.
   * A mean of m ≤ 192 values is within m u of them and x̂ within (m + 8) u · 8 · 3.2 = 6e-13; the
   * gradient has products of two such, with upstream gradients up to 1 and x̂ up to 13: 3e-11.
   */
  private static double[][] run(long seed, NormSpec spec, long[] dims, long... seenAs) {
    try (Tape tape = Tape.open()) {
      Variable x = Variable.leaf(uniform(tape.scope(), seed, 10, 4, dims));
      Variable y = Normalize.norm(spec.withEps(0.1), Shapes.reshape(x, seenAs), null, null);
      y.backward(uniform(tape.scope(), seed, 11, 1, dims).view(seenAs));
      return new double[][] {values(y.value()), values(x.grad())};
    }
  }

  private static void assertSame(double[][] expected, double[][] got) {
    assertArrayEquals(expected[0], got[0], 6e-13);
    assertArrayEquals(expected[1], got[1], 3e-11);
  }

  @Property(tries = 50)
  void groupNormOfOneGroupIsLayerNorm(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 4) int samples,
      @ForAll @IntRange(min = 1, max = 12) int channels,
      @ForAll @IntRange(min = 2, max = 16) int positions) {
    long[] dims = {samples, channels, positions};
    assertSame(
        run(seed, NormSpec.layerNorm(channels, positions), dims, dims),
        run(seed, NormSpec.groupNorm(1), dims, dims));
  }

  @Property(tries = 50)
  void groupNormOfSingleChannelsIsInstanceNorm(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 4) int samples,
      @ForAll @IntRange(min = 1, max = 12) int channels,
      @ForAll @IntRange(min = 2, max = 16) int positions) {
    long[] dims = {samples, channels, positions};
    double[][] instance = run(seed, NormSpec.instanceNorm(), dims, dims);
    assertSame(instance, run(seed, NormSpec.groupNorm(channels), dims, dims));
    long[] asOneSample = {1, (long) samples * channels, positions};
    assertSame(instance, run(seed, NormSpec.batchNorm(), dims, asOneSample));
  }

  /**
   * The rows of a linear map, or a convolution of 3 x 3, sum up at most 18 products up to 2 · 4 and
   * a bias; eps and variances of 0.1 and more make the norm's factor at most 2 · 3.2: two layers
   * with 24 roundings each, 2 · 24 u · 150 · 6.4, and 6.4 · 6 of the first again: 2e-10.
   */
  @Property(tries = 30)
  void theFoldedNetworkIsTheFrozenNetwork(@ForAll long seed, @ForAll boolean bias) {
    try (Scope scope = Scope.open();
        Sequential network =
            new Sequential(
                Conv2d.builder(2, 4, 3).bias(bias).build(),
                new BatchNorm2d(4),
                new Flatten(),
                new Linear(16, 3, bias, new Generator(1)),
                new BatchNorm1d(3))) {
      network.to(DType.FLOAT64);
      long stream = 20;
      for (Parameter parameter : network.parameters()) {
        new RandomStream(seed, stream++).fillUniform(parameter.value(), -2, 2);
      }
      for (Module module : network.modules()) {
        if (module instanceof BatchNorm norm) {
          Tensor mean = Objects.requireNonNull(norm.runningMean());
          Tensor variance = Objects.requireNonNull(norm.runningVar());
          new RandomStream(seed, stream++).fillUniform(mean, -2, 2);
          new RandomStream(seed, stream++).fillUniform(variance, 0.1, 4);
        }
      }
      network.freeze();
      Tensor x = uniform(scope, seed, 12, 4, 3, 2, 4, 4);
      double[] frozen = output(network, x);
      assertEquals(2, Fold.batchNorms(network));
      double scale = Arrays.stream(frozen).map(Math::abs).max().orElseThrow();
      assertArrayEquals(frozen, output(network, x), 2e-10 * Math.max(1, scale));
    }
  }

  private static double[] output(Module network, Tensor x) {
    try (Tape _ = Tape.open()) {
      return values(network.forward(Variable.of(x)).value());
    }
  }

  /**
   * Any cuts, also empty parts. Means of values up to 4 are within n u · 4 on both ways, n ≤ 60,
   * and variances within 2 n u · 8².
   */
  @Property(tries = 100)
  void mergedStatisticsAreThoseOfTheConcatenation(
      @ForAll long seed,
      @ForAll @IntRange(min = 0, max = 10) int first,
      @ForAll @IntRange(min = 0, max = 10) int second,
      @ForAll @IntRange(min = 1, max = 10) int third,
      @ForAll Layout layout) {
    int all = first + second + third;
    try (Scope scope = Scope.open()) {
      Tensor x = uniform(scope, seed, 13, 4, all, 2, 2);
      ChannelMoments whole = ChannelMoments.of(x, layout);
      ChannelMoments merged =
          Stream.of(x.slice(0, first), x.slice(first, first + second), x.slice(all - third, all))
              .map(part -> ChannelMoments.of(part, layout))
              .reduce(ChannelMoments::merge)
              .orElseThrow();
      assertEquals(whole.count(), merged.count());
      for (int c = 0; c < 2; c++) {
        assertEquals(whole.mean(c), merged.mean(c), 2 * 60 * 0x1p-53 * 4);
        assertEquals(whole.variance(c), merged.variance(c), 2 * 2 * 60 * 0x1p-53 * 64);
      }
    }
  }

  /**
   * BN((aW)u) = BN(Wu), ∂BN((aW)u)/∂u = ∂BN(Wu)/∂u, and ∂BN((aW)u)/∂(aW) = ∂BN(Wu)/∂W / |a|,
   * without eps; a below 0 turns the sign of the first two. With κ = max |Wu| · rstd, x̂ is wrong
   * by κ times the 16 roundings before it, and the gradients, rstd times sums of 12 products with
   * it, by that times κ and what they are made of.
   */
  @Property(tries = 100)
  void batchNormDoesNotSeeTheScaleOfItsWeights(
      @ForAll long seed,
      @ForAll @DoubleRange(min = 0.1, max = 10) double size,
      @ForAll boolean negative) {
    double a = negative ? -size : size;
    double sign = Math.signum(a);
    double[][] one = invariance(seed, 1);
    double[][] scaled = invariance(seed, a);
    double kappa = one[3][0];
    double bound = 64 * kappa * 0x1p-53;
    assertArrayEquals(times(one[0], sign), scaled[0], bound * kappa);
    assertArrayEquals(times(one[1], sign), scaled[1], bound * 100 * kappa * one[3][1]);
    assertArrayEquals(one[2], times(scaled[2], size), bound * 100 * kappa * one[3][1]);
  }

  private static double[] times(double[] values, double factor) {
    return Arrays.stream(values).map(v -> v * factor).toArray();
  }

  /** Output, gradients with respect to u and to the weights, and κ and rstd at their largest. */
  private static double[][] invariance(long seed, double a) {
    try (Tape tape = Tape.open()) {
      Tensor weights = uniform(tape.scope(), seed, 14, 1, 3, 4);
      weights.copyFrom(times(values(weights), a));
      Variable w = Variable.leaf(weights);
      Variable u = Variable.leaf(uniform(tape.scope(), seed, 15, 1, 12, 4));
      Variable z = Products.linear(u, w, null);
      Variable y = Normalize.norm(NormSpec.batchNorm().withEps(0), z, null, null);
      y.backward(uniform(tape.scope(), seed, 16, 1, 12, 3));
      ChannelMoments moments = ChannelMoments.of(z.value(), Layout.NCHW);
      double rstd = 0;
      for (int c = 0; c < 3; c++) {
        rstd = Math.max(rstd, 1 / Math.sqrt(moments.variance(c)));
      }
      double largest = Arrays.stream(values(z.value())).map(Math::abs).max().orElseThrow();
      return new double[][] {
        values(y.value()), values(u.grad()), values(w.grad()), {largest * rstd, rstd}
      };
    }
  }
}
