package dev.panorm.bench.study.named;

import dev.panorm.DType;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.Activate;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.NoGrad;
import dev.panorm.autograd.Products;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.regularize.GaussianPerturbation;
import dev.panorm.regularize.GradientPenalty;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** By how much noise on the weights raises the squared error, against the gradient penalty. */
final class WeightNoiseStudy implements NamedStudy {

  private static final List<Double> LAMBDAS = List.of(1e-4, 1e-3, 1e-2, 0.1, 1.0);
  private static final int SAMPLES = 16;
  private static final int FEATURES = 6;
  private static final int HIDDEN = 8;
  private static final int DRAWS = 1500;

  /** Deviation of the targets from the outputs without noise. */
  private static final double RESIDUAL = 0.05;

  /** A mean of squares of DRAWS normal numbers is off by √(2 / DRAWS), 4 %, in one deviation. */
  private static final double CLOSE = 0.1;

  @Override
  public String name() {
    return "weight-noise";
  }

  @Override
  public String line() {
    return "by how much noise on the weights raises the loss, against the penalty lambda |df/dw|^2";
  }

  @Override
  public int points() {
    return 2 * LAMBDAS.size();
  }

  /** A function of weights and inputs, [N, FEATURES] to [N, 1]. */
  private interface Model {
    Variable apply(List<Variable> weights, Variable x);
  }

  @Override
  public Finding run(Setting setting) {
    try (Scope scope = Scope.open()) {
      Tensor x = normal(scope, 1, setting.seed(), SAMPLES, FEATURES);
      List<Tensor> linear = List.of(normal(scope, 2, setting.seed(), 1, FEATURES));
      List<Tensor> deep =
          List.of(
              normal(scope, 3, setting.seed(), HIDDEN, FEATURES),
              normal(scope, 4, setting.seed(), 1, HIDDEN));
      Curves straight = rises(WeightNoiseStudy::linear, linear, x, setting, 0);
      Curves bent = rises(WeightNoiseStudy::tanh, deep, x, setting, LAMBDAS.size());
      return new Finding(
          List.of(
              new Figure(
                  "weight-noise",
                  "variance of the noise",
                  "rise of the loss",
                  true,
                  true,
                  LAMBDAS,
                  List.of(
                      new Figure.Curve("linear, measured", straight.measured()),
                      new Figure.Curve("linear, penalty", straight.predicted()),
                      new Figure.Curve("tanh, measured", bent.measured()),
                      new Figure.Curve("tanh, penalty", bent.predicted())))),
          "noise of variance lambda on the weights adds about lambda E|df/dw|^2 to the loss",
          Say.format(
              "the measured rise is %.3f to %.3f of it for a linear f, and for a tanh network %.3f at"
                  + " variance %.0e but %.3f at %.0f",
              straight.ratios().min().orElseThrow(),
              straight.ratios().max().orElseThrow(),
              bent.ratio(0),
              LAMBDAS.getFirst(),
              bent.ratio(LAMBDAS.size() - 1),
              LAMBDAS.getLast()),
          straight.ratios().allMatch(WeightNoiseStudy::isClose) && isClose(bent.ratio(0)));
    }
  }

  private static boolean isClose(double ratio) {
    return Math.abs(ratio - 1) < CLOSE;
  }

  /** Rises of the loss by λ. */
  private record Curves(List<Double> measured, List<Double> predicted) {
    double ratio(int i) {
      return measured.get(i) / predicted.get(i);
    }

    DoubleStream ratios() {
      return IntStream.range(0, measured.size()).mapToDouble(this::ratio);
    }
  }

  private static Curves rises(
      Model model, List<Tensor> weights, Tensor x, Setting setting, int done) {
    Curves curves = new Curves(new ArrayList<>(), new ArrayList<>());
    for (double lambda : LAMBDAS) {
      curves.measured().add(measured(model, weights, x, lambda, setting.seed()));
      curves.predicted().add(predicted(model, weights, x, lambda));
      setting.done().accept(done + curves.measured().size());
    }
    return curves;
  }

  /** Mean of (f(w + ε) − y)² − (f(w) − y)², with −ε beside each ε: the linear term cancels. */
  private static double measured(
      Model model, List<Tensor> weights, Tensor x, double lambda, long seed) {
    GaussianPerturbation noise = new GaussianPerturbation(lambda);
    double rise = 0;
    for (int draw = 0; draw < DRAWS; draw++) {
      try (Tape tape = Tape.open();
          NoGrad _ = NoGrad.enter()) {
        List<Variable> at = weights.stream().map(Variable::of).toList();
        List<Variable> plus = new ArrayList<>();
        List<Variable> minus = new ArrayList<>();
        for (int i = 0; i < at.size(); i++) {
          RandomStream stream = new RandomStream(seed, 100 + (long) DRAWS * i + draw);
          plus.add(noise.apply(at.get(i), stream));
          minus.add(Arithmetic.sub(Arithmetic.scale(at.get(i), 2), plus.get(i)));
        }
        Variable input = Variable.of(x);
        Variable f = model.apply(at, input);
        Variable y = Arithmetic.add(f, Variable.of(residuals(tape.scope(), seed)));
        double before = squares(f, y);
        rise += (squares(model.apply(plus, input), y) - before) / 2 / DRAWS;
        rise += (squares(model.apply(minus, input), y) - before) / 2 / DRAWS;
      }
    }
    return rise;
  }

  private static Tensor residuals(Scope scope, long seed) {
    Tensor residuals = scope.empty(DType.FLOAT64, SAMPLES, 1);
    new RandomStream(seed, 5).fillNormal(residuals, 0, RESIDUAL);
    return residuals;
  }

  private static double squares(Variable f, Variable y) {
    return Sums.mean(Arithmetic.square(Arithmetic.sub(f, y))).item();
  }

  /** Mean over the samples of λ |∂f / ∂w|². */
  private static double predicted(Model model, List<Tensor> weights, Tensor x, double lambda) {
    double sum = 0;
    for (int i = 0; i < SAMPLES; i++) {
      try (Tape _ = Tape.open()) {
        List<Variable> leaves = weights.stream().map(Variable::leaf).toList();
        Variable f = Sums.sum(model.apply(leaves, Variable.of(x.slice(i, i + 1))));
        sum += new GradientPenalty(lambda).of(f, leaves).item() / SAMPLES;
      }
    }
    return sum;
  }

  private static Variable linear(List<Variable> weights, Variable x) {
    return Products.linear(x, weights.getFirst(), null);
  }

  private static Variable tanh(List<Variable> weights, Variable x) {
    return Products.linear(
        Activate.tanh(Products.linear(x, weights.getFirst(), null)), weights.getLast(), null);
  }

  private static Tensor normal(Scope scope, int stream, long seed, int rows, int columns) {
    Tensor tensor = scope.empty(DType.FLOAT64, rows, columns);
    new RandomStream(seed, stream).fillNormal(tensor, 0, 1 / Math.sqrt(columns));
    return tensor;
  }
}
