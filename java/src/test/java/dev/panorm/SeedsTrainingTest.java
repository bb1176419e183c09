package dev.panorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.autograd.Activate;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Autograd;
import dev.panorm.autograd.Drop;
import dev.panorm.autograd.Normalize;
import dev.panorm.autograd.Products;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.backend.DropPlan;
import dev.panorm.nn.BatchNorm1d;
import dev.panorm.nn.Linear;
import dev.panorm.nn.Module;
import dev.panorm.nn.NormAdvice;
import dev.panorm.nn.Parameter;
import dev.panorm.nn.ReLU;
import dev.panorm.nn.RecurrentBatchNorm;
import dev.panorm.nn.RunningStat;
import dev.panorm.nn.Sequential;
import dev.panorm.ops.NormSpec;
import dev.panorm.optim.Optimizer;
import dev.panorm.optim.Sgd;
import dev.panorm.regularize.Constraint;
import dev.panorm.train.ActivationTrace;
import dev.panorm.train.Sharpness;
import dev.panorm.train.Tent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The rows of the lecture notes that show only while something trains; see {@link SeedsTest}. */
final class SeedsTrainingTest {

  private static final long SEED = 76;
  private static final int WIDTH = 16;
  private static final int SAMPLES = 64;

  private static Tensor normal(Scope scope, long stream, double mean, double std, long... dims) {
    Tensor tensor = scope.empty(DType.FLOAT64, dims);
    new RandomStream(SEED, stream).fillNormal(tensor, mean, std);
    return tensor;
  }

  private static Sequential inDouble(Module... modules) {
    Sequential network = new Sequential(modules);
    network.to(DType.FLOAT64);
    return network;
  }

  private static double[] run(Module network, Tensor x) {
    try (Tape _ = Tape.open()) {
      return network.forward(Variable.of(x)).value().toDoubleArray();
    }
  }

  private static Linear linear(long in, long out, int layer) {
    return new Linear(in, out, true, new Generator(SEED + layer));
  }

  @Test
  void n03ATraceOfActivationsAndWeights() {
    try (Scope scope = Scope.open();
        Sequential network = inDouble(linear(3, WIDTH, 0), new ReLU())) {
      Tensor x = normal(scope, 1, 0, 1, SAMPLES, 3);
      ActivationTrace before = ActivationTrace.of(network, x);
      network.parameters().forEach(p -> p.value().fill(i -> 2 * before.layers().size()));
      ActivationTrace after = ActivationTrace.of(network, x);
      assertEquals(4 * Math.sqrt(4 * WIDTH), after.layers().getFirst().weightNorm(), 1e-12);
      assertTrue(after.layers().get(1).norm() > before.layers().get(1).norm());
    }
  }

  /** The gradient at the first of 20 layers over that at the last. */
  private static double vanishing(boolean normalized) {
    List<Module> modules = new ArrayList<>();
    for (int layer = 0; layer < 20; layer++) {
      Linear linear = linear(WIDTH, WIDTH, layer);
      new RandomStream(SEED, layer).fillNormal(linear.weight().value(), 0, 0.5 / Math.sqrt(WIDTH));
      modules.add(linear);
      if (normalized) {
        modules.add(new BatchNorm1d(WIDTH));
      }
      modules.add(new ReLU());
    }
    try (Scope scope = Scope.open();
        Sequential network = inDouble(modules.toArray(Module[]::new));
        Tape _ = Tape.open()) {
      Variable y = network.forward(Variable.of(normal(scope, 1, 0, 1, SAMPLES, WIDTH)));
      Sums.sum(Arithmetic.mul(y, Variable.of(normal(scope, 2, 0, 1, SAMPLES, WIDTH)))).backward();
      List<Parameter> weights =
          network.parameters().stream().filter(p -> p.role() == Parameter.Role.WEIGHT).toList();
      return length(weights.getFirst()) / length(weights.getLast());
    }
  }

  private static double length(Parameter parameter) {
    double[] gradient = Objects.requireNonNull(parameter.grad()).toDoubleArray();
    return Math.sqrt(Arrays.stream(gradient).map(g -> g * g).sum());
  }

  @Test
  void n04ANormKeepsTheJacobianNearOne() {
    double bare = vanishing(false);
    double normalized = vanishing(true);
    assertTrue(bare < 1e-2, "without a norm " + bare + ", seed " + SEED);
    assertTrue(normalized > 0.1 && normalized < 100, "with " + normalized + ", seed " + SEED);
  }

  @Test
  void n20RunningAverageOfTheDeviation() {
    try (Scope scope = Scope.open();
        BatchNorm1d norm =
            BatchNorm1d.builder(1).momentum(0.5).runningStat(RunningStat.STD).build()) {
      norm.to(DType.FLOAT64);
      run(norm, scope.of(new double[] {-4, 4, -4, 4}, 4, 1));
      double deviation = (1 + Math.sqrt(64 / 3.0)) / 2;
      double[] stored = Objects.requireNonNull(norm.runningVar()).toDoubleArray();
      assertEquals(deviation * deviation, stored[0], 1e-12);
    }
  }

  /** With mean 0, the rectifier sets about half of the units to 0: five standard errors. */
  @Test
  void n34NormBeforeTheActivation() {
    try (Scope scope = Scope.open();
        Sequential network = inDouble(linear(3, WIDTH, 0), new BatchNorm1d(WIDTH), new ReLU())) {
      double[] y = run(network, normal(scope, 1, 5, 1, 1024, 3));
      double zeros = Arrays.stream(y).filter(v -> v == 0).count() / (double) y.length;
      assertEquals(0.5, zeros, 5 * 0.5 / Math.sqrt(1024), "seed " + SEED);
    }
  }

  @Test
  void n35NormAfterTheActivation() {
    try (Scope scope = Scope.open();
        Sequential network = inDouble(linear(3, WIDTH, 0), new ReLU(), new BatchNorm1d(WIDTH))) {
      double[] y = run(network, normal(scope, 1, 0, 1, SAMPLES, 3));
      assertEquals(0, Arrays.stream(y).sum() / y.length, 1e-12);
      assertFalse(Arrays.stream(y).allMatch(v -> v >= 0));
    }
  }

  @Test
  void n36AdviceOnTheChoiceOfANorm() {
    for (boolean scales : new boolean[] {false, true}) {
      NormAdvice.Choice linear = NormAdvice.recommend(NormAdvice.Layer.LINEAR, 256, scales);
      assertTrue(linear != NormAdvice.Choice.BATCH_NORM);
    }
    assertEquals(
        NormAdvice.Choice.BATCH_NORM,
        NormAdvice.recommend(NormAdvice.Layer.CONVOLUTION, 128, false));
  }

  @Test
  void n37StatisticsForEachTimeStep() {
    try (Scope scope = Scope.open();
        RecurrentBatchNorm norm = new RecurrentBatchNorm(1, 2)) {
      run(norm, scope.of(new float[] {1, 3}, 2, 1));
      run(norm, scope.of(new float[] {-1, -3}, 2, 1));
      assertEquals(0.2, Objects.requireNonNull(norm.step(0).runningMean()).get(0), 1e-6);
      assertEquals(-0.2, Objects.requireNonNull(norm.step(1).runningMean()).get(0), 1e-6);
    }
  }

  /** The layer below changes; what comes out of the norm keeps mean 0 and variance 1. */
  @Test
  void n38ANormStopsTheShiftOfTheLayerBelow() {
    try (Scope scope = Scope.open();
        Sequential network =
            inDouble(linear(3, WIDTH, 0), BatchNorm1d.builder(WIDTH).eps(0).build())) {
      Tensor x = normal(scope, 1, 0, 1, SAMPLES, 3);
      Parameter bias = network.parameters().get(1);
      for (double shift : new double[] {0, 3, -100}) {
        bias.value().fill(shift);
        List<ActivationTrace.Layer> layers = ActivationTrace.of(network, x).layers();
        assertEquals(shift, layers.getFirst().mean(), 1);
        assertEquals(0, layers.get(1).mean(), 1e-12);
        assertEquals(1, layers.get(1).variance(), 1e-12);
      }
    }
  }

  /** L = h θ² / 2 has sharpness h; descent diverges once the learning rate is above 2 / h. */
  @Test
  void n39DescentIsStableBelowTwoOverSharpness() {
    assertTrue(descend(8, 0.24) < 1);
    assertTrue(descend(8, 0.26) > 1);
    try (Scope scope = Scope.open()) {
      Variable theta = Variable.leaf(scope.of(new double[] {0.7}, 1));
      double sharpness =
          Sharpness.of(
              () -> Arithmetic.scale(Sums.sum(Arithmetic.square(theta)), 4),
              List.of(theta),
              3,
              new Generator(SEED));
      assertEquals(8, sharpness, 1e-12);
    }
  }

  /** |θ| after 50 steps of gradient descent on h θ² / 2 from θ = 1. */
  private static double descend(double h, double learningRate) {
    try (Parameter theta = new Parameter(Parameter.Role.WEIGHT, 1);
        Optimizer sgd = Sgd.of(List.of(theta), learningRate)) {
      theta.value().fill(1);
      for (int i = 0; i < 50; i++) {
        try (Tape _ = Tape.open()) {
          sgd.zeroGrad();
          Arithmetic.scale(Sums.sum(Arithmetic.square(theta)), h / 2).backward();
          sgd.step();
        }
      }
      return Math.abs(theta.value().get(0));
    }
  }

  @Test
  void n40TentLowersTheEntropy() {
    try (Scope scope = Scope.open();
        Sequential network =
            inDouble(linear(3, WIDTH, 0), new BatchNorm1d(WIDTH), new ReLU(), linear(WIDTH, 4, 1));
        Tent tent = new Tent(network, parameters -> Sgd.of(parameters, 0.05))) {
      Tensor shifted = normal(scope, 1, 3, 2, SAMPLES, 3);
      double first = tent.step(shifted);
      double last = first;
      for (int i = 0; i < 20; i++) {
        last = tent.step(shifted);
      }
      assertTrue(last < first, last + " against " + first + ", seed " + SEED);
    }
  }

  /** min |θ − a|² / 2 with |θ| ≤ r is the minimum with λ |θ|² added, λ = (|a| / r − 1) / 2. */
  @Test
  void n46SoftEqualsHard() {
    double[] a = {3, 4};
    double radius = 2;
    double lambda = (5 / radius - 1) / 2;
    try (Parameter theta = new Parameter(Parameter.Role.WEIGHT, 2)) {
      theta.value().copyFrom(a);
      Constraint.normBall(radius * radius).project(List.of(theta));
      double[] soft = {a[0] / (1 + 2 * lambda), a[1] / (1 + 2 * lambda)};
      assertArrayEquals(soft, theta.value().toDoubleArray(), 1e-6);
    }
  }

  /**
   * The weights in front of a norm may be of any size: the function stays, the penalty does not.
   */
  @Test
  void n48MagnitudeIsNoComplexityBehindANorm() {
    try (Scope scope = Scope.open();
        Sequential network =
            inDouble(linear(3, WIDTH, 0), BatchNorm1d.builder(WIDTH).eps(0).build())) {
      Tensor x = normal(scope, 1, 0, 1, SAMPLES, 3);
      double[] before = run(network, x);
      double norm = ActivationTrace.of(network, x).layers().getFirst().weightNorm();
      for (Parameter parameter : network.parameters().subList(0, 2)) {
        double[] values = parameter.value().toDoubleArray();
        parameter.value().fill(i -> 10 * values[(int) i]);
      }
      assertArrayEquals(before, run(network, x), 1e-11);
      double scaled = ActivationTrace.of(network, x).layers().getFirst().weightNorm();
      assertEquals(10 * norm, scaled, 1e-9);
    }
  }

  /** For the rectifier and c > 0, with the same mask. */
  @Test
  void n53DropoutDoesNotSeeTheScaleOfALayer() {
    try (Scope scope = Scope.open();
        Tape _ = Tape.open()) {
      Variable x = Variable.of(normal(scope, 1, 0, 1, 8, 3));
      Variable first = Variable.of(normal(scope, 2, 0, 1, WIDTH, 3));
      Variable second = Variable.of(normal(scope, 3, 0, 1, 2, WIDTH));
      double[] expected = dropped(x, first, second);
      double[] scaled = dropped(x, Arithmetic.scale(first, 7), Arithmetic.scale(second, 1 / 7.0));
      assertArrayEquals(expected, scaled, 1e-12);
    }
  }

  private static double[] dropped(Variable x, Variable first, Variable second) {
    Variable hidden = Activate.relu(Products.linear(x, first, null));
    Variable kept = Drop.apply(DropPlan.inverted(0.5), new RandomStream(SEED, 9), hidden);
    return Products.linear(kept, second, null).value().toDoubleArray();
  }

  @Test
  void n59GradientsOfBatchesAverageToTheFullGradient() {
    try (Scope scope = Scope.open()) {
      Tensor x = normal(scope, 1, 0, 1, 8, 3);
      Variable w = Variable.leaf(normal(scope, 2, 0, 1, 1, 3));
      double[] full = gradient(x, w);
      double[] one = gradient(x.slice(0, 4), w);
      double[] other = gradient(x.slice(4, 8), w);
      for (int i = 0; i < 3; i++) {
        assertEquals(full[i], (one[i] + other[i]) / 2, 1e-14);
      }
    }
  }

  private static double[] gradient(Tensor x, Variable w) {
    try (Tape _ = Tape.open()) {
      Variable loss = Sums.mean(Arithmetic.square(Products.linear(Variable.of(x), w, null)));
      return Objects.requireNonNull(Autograd.grad(loss, w, false)).value().toDoubleArray();
    }
  }

  /** What a sample becomes depends on who else is in the batch: noise, as dropout's. */
  @Test
  void n66BatchStatisticsAreNoise() {
    try (Scope scope = Scope.open();
        Tape _ = Tape.open()) {
      double[] seen = new double[2];
      for (int batch = 0; batch < 2; batch++) {
        Tensor x = normal(scope, 10 + batch, 0, 1, 8, 1);
        double[] values = x.toDoubleArray();
        values[0] = 1;
        x.copyFrom(values);
        Variable y = Normalize.norm(NormSpec.batchNorm(), Variable.of(x), null, null);
        seen[batch] = y.value().get(0);
      }
      assertTrue(Math.abs(seen[0] - seen[1]) > 1e-3, "seed " + SEED);
    }
  }

  /** A polynomial through all points is further from the curve between them than a cubic. */
  @Test
  void n67APolynomialOfHighOrderOverfits() {
    int points = 10;
    RandomStream noise = new RandomStream(SEED, 67);
    double[] x = new double[points];
    double[] t = new double[points];
    for (int i = 0; i < points; i++) {
      x[i] = i / (points - 1.0);
      t[i] = Math.sin(2 * Math.PI * x[i]) + 0.3 * noise.normal(i);
    }
    double[] cubic = fit(x, t, 3);
    double[] ninth = fit(x, t, 9);
    assertTrue(error(ninth, x, t) < 1e-5);
    assertTrue(error(cubic, x, t) > 1e-2);
    double[] between = new double[91];
    double[] curve = new double[91];
    for (int i = 0; i < between.length; i++) {
      between[i] = i / 90.0;
      curve[i] = Math.sin(2 * Math.PI * between[i]);
    }
    double simple = error(cubic, between, curve);
    double complex = error(ninth, between, curve);
    assertTrue(complex > simple, complex + " against " + simple + ", seed " + SEED);
  }

  /** Least squares by modified Gram-Schmidt on the powers of x. */
  private static double[] fit(double[] x, double[] t, int order) {
    double[][] q = new double[order + 1][];
    double[][] inTermsOfPowers = new double[order + 1][order + 1];
    double[] coefficients = new double[order + 1];
    for (int j = 0; j <= order; j++) {
      double power = j;
      q[j] = Arrays.stream(x).map(v -> Math.pow(v, power)).toArray();
      inTermsOfPowers[j][j] = 1;
      for (int pass = 0; pass < 2; pass++) {
        for (int k = 0; k < j; k++) {
          double share = dot(q[j], q[k]) / dot(q[k], q[k]);
          axpy(-share, q[k], q[j]);
          axpy(-share, inTermsOfPowers[k], inTermsOfPowers[j]);
        }
      }
      axpy(dot(q[j], t) / dot(q[j], q[j]), inTermsOfPowers[j], coefficients);
    }
    return coefficients;
  }

  private static void axpy(double factor, double[] from, double[] to) {
    for (int i = 0; i < to.length; i++) {
      to[i] += factor * from[i];
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** Root mean square error. */
  private static double error(double[] coefficients, double[] x, double[] t) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      double y = 0;
      for (int k = coefficients.length - 1; k >= 0; k--) {
        y = y * x[i] + coefficients[k];
      }
      sum += (y - t[i]) * (y - t[i]);
    }
    return Math.sqrt(sum / x.length);
  }

  @Test
  void n71ALowerLearningRateStopsTheExplosion() {
    assertTrue(descend(100, 0.03) > 1e10);
    assertTrue(descend(100, 0.01) < 1e-6);
  }
}
