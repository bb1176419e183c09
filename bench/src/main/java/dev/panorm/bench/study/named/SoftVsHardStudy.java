package dev.panorm.bench.study.named;

import dev.panorm.DType;
import dev.panorm.Generator;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Loss;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.nn.Linear;
import dev.panorm.ops.LossReduction;
import dev.panorm.optim.Optimizer;
import dev.panorm.optim.Sgd;
import dev.panorm.regularize.Constraint;
import dev.panorm.regularize.Penalty;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Least squares under |θ|² ≤ r against least squares with the penalty λ* |θ|². */
final class SoftVsHardStudy implements NamedStudy {

  private static final List<Double> RADII = List.of(0.03, 0.1, 0.3, 1.0, 3.0);
  private static final int SAMPLES = 64;
  private static final int FEATURES = 8;
  private static final int STEPS = 1500;
  private static final double RATE = 0.03;

  @Override
  public String name() {
    return "soft-vs-hard";
  }

  @Override
  public String line() {
    return "a constraint |theta|^2 <= r against the penalty with the multiplier that belongs to it";
  }

  @Override
  public int points() {
    return RADII.size();
  }

  @Override
  public Finding run(Setting setting) {
    List<Double> lambdas = new ArrayList<>();
    List<Double> distances = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      Problem problem = new Problem(scope, setting.seed());
      for (double r : RADII) {
        Fitted hard = problem.fit(0, r);
        double lambda = hard.multiplier();
        Fitted soft = problem.fit(lambda, Double.POSITIVE_INFINITY);
        lambdas.add(lambda);
        distances.add(Numbers.distance(hard.theta, soft.theta) / Numbers.length(hard.theta));
        setting.done().accept(lambdas.size());
      }
    }
    double worst = Numbers.max(distances);
    return new Finding(
        List.of(
            new Figure(
                "soft-vs-hard",
                "r",
                "lambda*, relative distance",
                true,
                true,
                RADII,
                List.of(
                    new Figure.Curve("lambda*", lambdas),
                    new Figure.Curve("distance of the solutions", distances)))),
        "the hard constraint is equivalent to the soft one for some lambda* above 0",
        Say.format(
            "for r from %s to %s lambda* goes from %.2g to %.2g, and the two solutions differ by at"
                + " most %.1e of their length",
            RADII.getFirst(), RADII.getLast(), lambdas.getFirst(), lambdas.getLast(), worst),
        lambdas.stream().allMatch(lambda -> lambda > 0) && worst < 1e-6);
  }

  /** A solution with the gradient of the plain loss there. */
  private static final class Fitted {
    final double[] theta;
    final double[] gradient;

    Fitted(double[] theta, double[] gradient) {
      this.theta = theta;
      this.gradient = gradient;
    }

    /** λ* of ∇L + 2 λ* θ = 0: −⟨∇L, θ⟩ / (2 |θ|²). */
    double multiplier() {
      double product = 0;
      double squares = 0;
      for (int i = 0; i < theta.length; i++) {
        product += gradient[i] * theta[i];
        squares += theta[i] * theta[i];
      }
      return -product / (2 * squares);
    }
  }

  /** Least squares on random numbers, whose free solution is longer than every r. */
  private static final class Problem {
    private final Variable x;
    private final Variable y;

    Problem(Scope scope, long seed) {
      Tensor inputs = scope.empty(DType.FLOAT64, SAMPLES, FEATURES);
      new RandomStream(seed, 1).fillNormal(inputs, 0, 1);
      double[] values = inputs.toDoubleArray();
      RandomStream noise = new RandomStream(seed, 2);
      Tensor targets = scope.empty(DType.FLOAT64, SAMPLES, 1);
      targets.fill(
          i -> {
            double sum = noise.normal(i);
            for (int j = 0; j < FEATURES; j++) {
              sum += values[(int) i * FEATURES + j] * (j % 2 == 0 ? 1 : -1);
            }
            return sum;
          });
      x = Variable.of(inputs);
      y = Variable.of(targets);
    }

    /** Descends on loss + λ |θ|², projecting on |θ|² ≤ r after each step. */
    Fitted fit(double lambda, double r) {
      Penalty penalty = Penalty.l2WithoutHalf(lambda);
      Constraint ball = Constraint.normBall(r);
      try (Linear linear = new Linear(FEATURES, 1, false, new Generator(0))) {
        linear.to(DType.FLOAT64);
        try (Optimizer sgd = Sgd.of(linear.parameters(), RATE)) {
          for (int step = 0; step < STEPS; step++) {
            try (Tape _ = Tape.open()) {
              sgd.zeroGrad();
              Arithmetic.add(loss(linear), penalty.of(linear.parameters())).backward();
              sgd.step();
              ball.project(linear.parameters());
            }
          }
        }
        try (Tape _ = Tape.open()) {
          linear.zeroGrad();
          loss(linear).backward();
          return new Fitted(
              linear.weight().value().toDoubleArray(),
              Objects.requireNonNull(linear.weight().grad()).toDoubleArray());
        }
      }
    }

    private Variable loss(Linear linear) {
      return Loss.mse(LossReduction.MEAN, linear.forward(x), y);
    }
  }
}
