package dev.panorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Autograd;
import dev.panorm.autograd.Products;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.data.MinMaxScaler;
import dev.panorm.data.RandomHorizontalFlip;
import dev.panorm.data.SampleDraws;
import dev.panorm.data.Standardizer;
import dev.panorm.data.ZcaWhitening;
import dev.panorm.init.Init;
import dev.panorm.nn.Dropout;
import dev.panorm.nn.Identity;
import dev.panorm.nn.Linear;
import dev.panorm.nn.Parameter;
import dev.panorm.nn.Residual;
import dev.panorm.optim.Adam;
import dev.panorm.optim.LrSchedule;
import dev.panorm.optim.LrScheduler;
import dev.panorm.optim.Optimizer;
import dev.panorm.optim.Sgd;
import dev.panorm.regularize.Constraint;
import dev.panorm.regularize.CountDropout;
import dev.panorm.regularize.DropConnect;
import dev.panorm.regularize.GaussianPerturbation;
import dev.panorm.regularize.GradientPenalty;
import dev.panorm.regularize.OriginalDropout;
import dev.panorm.regularize.Penalty;
import dev.panorm.regularize.Shrink;
import dev.panorm.train.EarlyStopping;
import dev.panorm.train.EarlyStopping.EpochLosses;
import dev.panorm.train.EarlyStopping.Outcome;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The rows of the lecture notes, N01 to N76: a test method of each is named after it, here or in
 * {@link SeedsNormTest}, {@link SeedsTrainingTest} or {@link SeedsSystemsTest}. Sampled moments
 * stay within 5 deviations of the sample.
 */
final class SeedsTest {

  private static final RandomStream STREAM = new RandomStream(9, 1);
  private static final int MANY = 20_000;

  @Test
  void everyRowHasATest() {
    Set<String> found = new TreeSet<>();
    Stream.of(SeedsTest.class, SeedsNormTest.class, SeedsTrainingTest.class, SeedsSystemsTest.class)
        .flatMap(group -> Arrays.stream(group.getDeclaredMethods()))
        .filter(method -> method.isAnnotationPresent(Test.class))
        .map(Method::getName)
        .filter(name -> name.matches("n\\d\\d.*"))
        .map(name -> name.substring(0, 3))
        .forEach(row -> assertTrue(found.add(row), row + " is there twice"));
    List<String> rows = IntStream.rangeClosed(1, 76).mapToObj("n%02d"::formatted).toList();
    assertEquals(rows, List.copyOf(found));
  }

  private static double[] values(@Nullable Tensor tensor) {
    return Objects.requireNonNull(tensor).toDoubleArray();
  }

  private static double variance(Consumer<Tensor> init) {
    try (Scope scope = Scope.open()) {
      Tensor weight = scope.empty(DType.FLOAT64, MANY / 50, 50);
      init.accept(weight);
      return Arrays.stream(weight.toDoubleArray()).map(w -> w * w).sum() / MANY;
    }
  }

  @Test
  void n01KaimingNormal() {
    double bound = 5 * Math.sqrt(2.0 / MANY);
    assertEquals(1, variance(w -> Init.kaimingNormal(w, STREAM)) / (2.0 / 50), bound);
  }

  @Test
  void n02FreeGain() {
    double bound = 5 * Math.sqrt(2.0 / MANY);
    assertEquals(1, variance(w -> Init.scaledNormal(w, 3, STREAM)) / (3.0 / 50), bound);
  }

  /** Gradient of a function of θ = (3, −4). */
  private static double[] gradient(Function<Variable, Variable> function) {
    try (Tape tape = Tape.open()) {
      Variable theta = Variable.leaf(tape.scope().of(new double[] {3, -4}));
      function.apply(theta).backward();
      return values(theta.grad());
    }
  }

  @Test
  void n42TheGradientOfL2() {
    assertArrayEquals(new double[] {1.5, -2}, gradient(Penalty.l2(0.5)::of), 1e-14);
    assertArrayEquals(new double[] {3, -4}, gradient(Penalty.l2WithoutHalf(0.5)::of), 1e-14);
  }

  /** θ = 1 after steps with the gradient 0.5 + extra · θ. */
  private static double steps(double extra, Function<List<Parameter>, Optimizer> optimizer) {
    try (Parameter theta = new Parameter(Parameter.Role.WEIGHT, 1);
        Optimizer steps = optimizer.apply(List.of(theta));
        Scope scope = Scope.open()) {
      theta.value().fill(1);
      for (int i = 0; i < 3; i++) {
        steps.zeroGrad();
        theta.backward(scope.of(new float[] {(float) (0.5 + extra * theta.value().item())}, 1));
        steps.step();
      }
      return theta.value().item();
    }
  }

  @Test
  void n43DecayIsL2ForSgdOnly() {
    double l2 = steps(0.2, p -> Sgd.of(p, 0.1));
    double decay = steps(0, p -> Sgd.builder(p).learningRate(0.1).weightDecay(0.2).build());
    double shrunk = 1;
    for (int i = 0; i < 3; i++) {
      shrunk = (1 - 0.1 * 0.2) * shrunk - 0.1 * 0.5;
    }
    assertEquals(shrunk, l2, 1e-6);
    assertEquals(shrunk, decay, 1e-6);
    double coupled = steps(0.2, p -> Adam.of(p, 0.1));
    double decoupled = steps(0, p -> Adam.adamW(p).learningRate(0.1).weightDecay(0.2).build());
    assertTrue(Math.abs(coupled - decoupled) > 1e-2);
  }

  @Test
  void n44ShrinkingIgnoresTheLearningRate() {
    try (Scope scope = Scope.open()) {
      Variable theta = Variable.of(scope.of(new double[] {1, -2}));
      new Shrink(0.98).apply(List.of(theta));
      assertArrayEquals(new double[] {0.98, -1.96}, theta.value().toDoubleArray(), 1e-15);
    }
  }

  @Test
  void n45ProjectionToTheBall() {
    try (Scope scope = Scope.open()) {
      Variable theta = Variable.of(scope.of(new double[] {3, 4}));
      Constraint.normBall(1).project(List.of(theta));
      assertArrayEquals(new double[] {0.6, 0.8}, theta.value().toDoubleArray(), 1e-15);
    }
  }

  @Test
  void n47TheGaussianPriorIsL2() {
    assertArrayEquals(gradient(Penalty.l2(4)::of), gradient(Penalty.gaussianPrior(0.5)::of), 1e-13);
  }

  private static double[] ones(Function<Variable, Variable> function) {
    try (Tape tape = Tape.open()) {
      Variable x = Variable.of(tape.scope().ones(DType.FLOAT64, MANY / 10, 10));
      return function.apply(x).value().toDoubleArray();
    }
  }

  private static void assertKept(double probability, double value, double[] y) {
    assertTrue(Arrays.stream(y).allMatch(v -> v == 0 || Math.abs(v - value) < 1e-14));
    double kept = (double) Arrays.stream(y).filter(v -> v != 0).count() / y.length;
    double bound = 5 * Math.sqrt(probability * (1 - probability) / y.length);
    assertEquals(probability, kept, bound);
  }

  @Test
  void n49InvertedDropout() {
    try (Dropout dropout = new Dropout(0.2, new Generator(3));
        Dropout retaining = Dropout.retaining(0.8)) {
      assertKept(0.8, 1.25, ones(dropout::forward));
      assertKept(0.8, 1.25, ones(retaining::forward));
      dropout.eval();
      assertKept(1, 1, ones(dropout::forward));
    }
  }

  @Test
  void n50OriginalDropout() {
    OriginalDropout dropout = new OriginalDropout(0.75);
    assertKept(0.75, 1, ones(y -> dropout.train(y, STREAM)));
    assertKept(1, 0.75, ones(dropout::eval));
  }

  @Test
  void n51DropoutByCount() {
    double[] sums = ones(z -> Sums.sum(new CountDropout(0.5).train(z, STREAM), 1));
    assertTrue(Arrays.stream(sums).allMatch(sum -> sum == 0 || Math.abs(sum - 10) < 1e-12));
  }

  /** E_M f(M ∘ y) = f(p y) for linear f, over all 2³ masks. */
  @Test
  void n52DropoutIsAnEnsemble() {
    double[] w = {1, -2, 3};
    double[] y = {0.5, 4, -1};
    double p = 0.75;
    double mean = 0;
    for (int mask = 0; mask < 8; mask++) {
      int kept = Integer.bitCount(mask);
      double probability = Math.pow(p, kept) * Math.pow(1 - p, 3 - kept);
      for (int i = 0; i < 3; i++) {
        mean += probability * (mask >> i & 1) * w[i] * y[i];
      }
    }
    try (Tape tape = Tape.open()) {
      Variable weight = Variable.of(tape.scope().of(w, 1, 3));
      Variable scaled = new OriginalDropout(p).eval(Variable.of(tape.scope().of(y, 1, 3)));
      assertEquals(mean, Products.linear(scaled, weight, null).item(), 1e-14);
    }
  }

  @Test
  void n54DropConnectDropsConnections() {
    assertKept(0.3, 1, ones(w -> new DropConnect(0.3).train(w, STREAM)));
  }

  @Test
  void n55GaussianInference() {
    DropConnect dropConnect = new DropConnect(0.3);
    try (Tape tape = Tape.open()) {
      Variable w = Variable.of(tape.scope().of(new double[] {1, -2}, 1, 2));
      Variable v = Variable.of(tape.scope().of(new double[] {2, -1}, 1, 2));
      double variance = 0.3 * 0.7 * (4 + 4);
      assertEquals(variance, dropConnect.variance(v, w).item(), 1e-14);
      Variable mean = dropConnect.gaussianInference(v, w, null, 2000, z -> z, new Generator(4));
      assertEquals(0.3 * 4, mean.item(), 5 * Math.sqrt(variance / 2000));
    }
  }

  /** E (w (x + ε) − t)² = (w x − t)² + λ w², here with w = 2, x = 1, t = 0. */
  @Test
  void n56NoiseOnInputsIsL2() {
    double penalty = 0.1 * 4;
    double deviation = Math.sqrt(2 * penalty * penalty + 4 * 4 * penalty);
    double[] losses =
        ones(
            x ->
                Arithmetic.square(
                    Arithmetic.scale(new GaussianPerturbation(0.1).apply(x, STREAM), 2)));
    double mean = Arrays.stream(losses).average().orElseThrow();
    assertEquals(4 + penalty, mean, 5 * deviation / Math.sqrt(MANY));
  }

  /** For f = w x with w = x = 1 noise on w adds λ ‖∂f/∂w‖² = λ x². */
  @Test
  void n57NoiseOnWeights() {
    double[] losses = ones(w -> Arithmetic.square(new GaussianPerturbation(0.1).apply(w, STREAM)));
    double mean = Arrays.stream(losses).average().orElseThrow();
    assertEquals(1.1, mean, 5 * Math.sqrt((2 * 0.01 + 4 * 0.1) / MANY));
  }

  @Test
  void n58GradientPenalty() {
    try (Tape tape = Tape.open()) {
      Variable w = Variable.leaf(tape.scope().of(new double[] {3, 4}));
      Variable f = Sums.sum(Arithmetic.square(w));
      Variable penalty = new GradientPenalty(0.5).of(f, List.of(w));
      assertEquals(0.5 * 4 * 25, penalty.item(), 1e-13);
      Variable again = Objects.requireNonNull(Autograd.grad(penalty, w, false));
      assertArrayEquals(new double[] {12, 16}, again.value().toDoubleArray(), 1e-13);
    }
  }

  @Test
  void n60TheBestCopyComesBack() {
    double[] losses = {5, 3, 4, 6};
    try (Linear network = new Linear(1, 1)) {
      Parameter weight = network.parameters().get(0);
      Outcome outcome =
          new EarlyStopping(2, 0)
              .train(
                  network,
                  9,
                  epoch -> {
                    weight.value().fill(epoch);
                    return new EpochLosses(losses[epoch], losses[epoch]);
                  });
      assertEquals(new Outcome(2, 4, new EpochLosses(3, 3)), outcome);
      assertEquals(1, weight.value().item());
    }
  }

  @Test
  void n61RetrainingTakesAsManyEpochs() {
    List<Integer> epochs = new ArrayList<>();
    EarlyStopping.retrainFresh(new Outcome(3, 7, new EpochLosses(1, 1)), epochs::add);
    assertEquals(List.of(0, 1, 2), epochs);
  }

  @Test
  void n62ContinuingUntilTheRecordedTrainingLoss() {
    double[] validation = {0.8, 0.5, 0.4};
    Outcome outcome = new Outcome(3, 7, new EpochLosses(0.5, 0.8));
    assertEquals(3, EarlyStopping.continueTraining(outcome, 9, epoch -> validation[epoch]));
  }

  @Test
  void n63HorizontalFlip() {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.of(new double[] {1, 2, 3, 4}, 1, 1, 2, 2);
      Tensor y = new RandomHorizontalFlip(1).apply(scope, x, SampleDraws.of(1, 0, 0));
      assertArrayEquals(new double[] {2, 1, 4, 3}, y.toDoubleArray());
    }
  }

  @Test
  void n65DroppedUnitsTakeNoPartInBackward() {
    try (Dropout dropout = new Dropout(0.5, new Generator(3));
        Tape tape = Tape.open()) {
      Variable x = Variable.leaf(tape.scope().ones(DType.FLOAT64, 50));
      Variable y = dropout.forward(x);
      Sums.sum(y).backward();
      assertArrayEquals(y.value().toDoubleArray(), values(x.grad()));
      assertTrue(Arrays.stream(y.value().toDoubleArray()).anyMatch(v -> v == 0));
    }
  }

  @Test
  void n68SgdWithMomentum() {
    double theta = 1 - 0.1 * 0.5 - 0.1 * 0.5 * 1.9 - 0.1 * 0.5 * (1 + 0.9 * 1.9);
    assertEquals(
        theta, steps(0, p -> Sgd.builder(p).learningRate(0.1).momentum(0.9).build()), 1e-6);
  }

  @Test
  void n69AdamStepsByTheLearningRate() {
    assertEquals(1 - 3e-3, steps(0, p -> Adam.builder(p).build()), 1e-6);
  }

  /** Falling gradients: the largest second moment stays, so AMSGrad steps less far. */
  @Test
  void n70AmsgradKeepsTheLargestMoment() {
    double adam = steps(5, p -> Adam.builder(p).learningRate(0.3).betas(0.5, 0.5).build());
    double amsgrad =
        steps(5, p -> Adam.builder(p).learningRate(0.3).betas(0.5, 0.5).amsgrad(true).build());
    assertTrue(amsgrad > adam + 1e-3, amsgrad + " against " + adam);
  }

  @Test
  void n72ResidualAndSchedule() {
    try (Residual residual = new Residual(new Identity());
        Parameter theta = new Parameter(Parameter.Role.WEIGHT, 1);
        Optimizer sgd = Sgd.of(List.of(theta), 0.4)) {
      assertKept(1, 2, ones(residual::forward));
      LrScheduler scheduler = new LrScheduler(sgd, LrSchedule.step(1, 0.5));
      scheduler.step();
      assertEquals(0.2, sgd.learningRate(), 1e-15);
    }
  }

  private static final double[] CROSS = {2, 2, -2, -2, 1, -1, -1, 1};

  @Test
  void n73MinMax() {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.of(CROSS, 4, 2);
      assertArrayEquals(
          new double[] {1, 1, 0, 0, 0.75, 0.25, 0.25, 0.75},
          MinMaxScaler.fit(scope, x).apply(scope, x).toDoubleArray(),
          1e-15);
    }
  }

  @Test
  void n74Standardization() {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.of(new double[] {1, 3}, 2, 1);
      Standardizer standardizer = Standardizer.fit(scope, x);
      assertArrayEquals(new double[] {-1, 1}, standardizer.apply(scope, x).toDoubleArray(), 1e-15);
    }
  }

  /** The covariance has the axes (1, 1) and (1, −1) with the eigenvalues 4 and 1. */
  @Test
  void n75ZcaWhitening() {
    try (Scope scope = Scope.open()) {
      double a = 1 / Math.sqrt(4.1);
      double b = 1 / Math.sqrt(1.1);
      assertArrayEquals(
          new double[] {(a + b) / 2, (a - b) / 2, (a - b) / 2, (a + b) / 2},
          ZcaWhitening.fit(scope, scope.of(CROSS, 4, 2), 0.1).matrix().toDoubleArray(),
          1e-12);
    }
  }
}
