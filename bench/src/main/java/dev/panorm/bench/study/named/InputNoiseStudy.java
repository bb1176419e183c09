package dev.panorm.bench.study.named;

import dev.panorm.DType;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.NoGrad;
import dev.panorm.autograd.Products;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.data.AugmentedPass;
import dev.panorm.data.Batches;
import dev.panorm.data.Dataset;
import dev.panorm.data.GaussianNoise;
import dev.panorm.data.Split;
import dev.panorm.nn.Sequential;
import dev.panorm.optim.Adam;
import dev.panorm.optim.Optimizer;
import dev.panorm.regularize.GaussianPerturbation;
import dev.panorm.train.Criterion;
import dev.panorm.train.Trainer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Noise on inputs: as L2 for a linear function, and what more and more of it does to learning. */
final class InputNoiseStudy implements NamedStudy {

  private static final List<Double> LAMBDAS = List.of(1e-3, 1e-2, 0.1, 1.0, 10.0);
  private static final int SAMPLES = 5000;
  private static final int FEATURES = 6;

  private static final List<Double> NOISES = List.of(0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0);
  private static final long TRAIN = 1000;
  private static final long WIDTH = 100;
  private static final int EPOCHS = 15;
  private static final double RATE = 1e-3;

  /** A mean of squares of SAMPLES normal numbers is off by √(2 / SAMPLES), 2 %, in a deviation. */
  private static final double CLOSE = 0.08;

  @Override
  public String name() {
    return "input-noise";
  }

  @Override
  public String line() {
    return "noise on inputs: its equivalence to L2 for a linear f, and the error as it grows";
  }

  @Override
  public int points() {
    return LAMBDAS.size() + NOISES.size();
  }

  @Override
  public Finding run(Setting setting) {
    List<Double> measured = new ArrayList<>();
    List<Double> predicted = new ArrayList<>();
    double worst = 0;
    for (double lambda : LAMBDAS) {
      linear(lambda, setting.seed(), measured, predicted);
      worst = Math.max(worst, Math.abs(measured.getLast() / predicted.getLast() - 1));
      setting.done().accept(measured.size());
    }
    List<Double> errors = new ArrayList<>();
    for (double noise : NOISES) {
      errors.add(error(setting, noise));
      setting.done().accept(LAMBDAS.size() + errors.size());
    }
    double best = Collections.min(errors);
    return new Finding(
        List.of(
            new Figure(
                "input-noise-loss",
                "variance of the noise",
                "rise of the loss",
                true,
                true,
                LAMBDAS,
                List.of(
                    new Figure.Curve("measured", measured),
                    new Figure.Curve("lambda |w|^2", predicted))),
            new Figure(
                "input-noise-error",
                "deviation of the noise",
                "test error, %",
                false,
                false,
                NOISES,
                List.of(new Figure.Curve("MLP", errors)))),
        "for a linear f noise of variance lambda on inputs adds lambda |w|^2 to the squared error,"
            + " and too much noise leads data across the boundary of their class",
        Say.format(
            "the rise differs from that by at most %.1f %%, and the test error is %.2f %% without"
                + " noise, %.2f %% at best with a deviation of %.2f and %.2f %% with %.0f",
            100 * worst,
            errors.getFirst(),
            best,
            NOISES.get(errors.indexOf(best)),
            errors.getLast(),
            NOISES.getLast()),
        worst < CLOSE && errors.getLast() > errors.getFirst() + 1);
  }

  /** Adds the mean of (wᵀ(x ± ε) − y)² − (wᵀx − y)² over samples, and λ |w|². */
  private static void linear(
      double lambda, long seed, List<Double> measured, List<Double> predicted) {
    try (Tape tape = Tape.open();
        NoGrad _ = NoGrad.enter()) {
      Variable x = normal(tape.scope(), seed, 1, SAMPLES, FEATURES);
      Variable y = normal(tape.scope(), seed, 2, SAMPLES, 1);
      Variable w = normal(tape.scope(), seed, 3, 1, FEATURES);
      Variable plus = new GaussianPerturbation(lambda).apply(x, new RandomStream(seed, 4));
      Variable minus = Arithmetic.sub(Arithmetic.scale(x, 2), plus);
      double noisy = (squares(plus, w, y) + squares(minus, w, y)) / 2;
      measured.add(noisy - squares(x, w, y));
      predicted.add(lambda * Sums.sum(Arithmetic.square(w)).item());
    }
  }

  private static double squares(Variable x, Variable w, Variable y) {
    return Sums.mean(Arithmetic.square(Arithmetic.sub(Products.linear(x, w, null), y))).item();
  }

  private static Variable normal(Scope scope, long seed, int stream, long rows, long columns) {
    Tensor tensor = scope.empty(DType.FLOAT64, rows, columns);
    new RandomStream(seed, stream).fillNormal(tensor, 0, 1);
    return Variable.of(tensor);
  }

  private static double error(Setting setting, double noise) {
    Split data = setting.data().get();
    Dataset train = data.train().slice(0, Math.min(TRAIN, data.train().size()));
    Batches batches = Batches.shuffled(train, Learning.BATCH, setting.seed());
    try (Sequential network = Mlp.of(train, 1, WIDTH).build(setting.seed());
        Optimizer adam = Adam.of(network.parameters(), RATE)) {
      Trainer trainer = new Trainer(network, adam, Criterion.crossEntropy());
      for (int epoch = 0; epoch < EPOCHS; epoch++) {
        trainer.epoch(
            new AugmentedPass(batches.epoch(epoch), new GaussianNoise(noise), setting.seed()));
      }
      return Learning.error(network, data.test());
    }
  }
}
