package dev.panorm.bench.study.named;

import dev.panorm.Generator;
import dev.panorm.data.Dataset;
import dev.panorm.data.Split;
import dev.panorm.nn.Dropout;
import dev.panorm.nn.ReLU;
import dev.panorm.nn.Sequential;
import dev.panorm.optim.Optimizer;
import dev.panorm.optim.Sgd;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What dropout and L2 gain with a BatchNorm and without one, on few samples. */
final class BnRegularizerStudy implements NamedStudy {

  private static final List<Norm> NORMS = List.of(Norm.NONE, Norm.BATCH);
  private static final List<Double> DROPS = List.of(0.0, 0.25, 0.5);
  private static final List<Double> LAMBDAS = List.of(0.0, 1e-3, 1e-2);
  private static final int SEEDS = 4;
  private static final long TRAIN = 500;
  private static final int DEPTH = 2;
  private static final long WIDTH = 100;
  private static final int EPOCHS = 40;
  private static final double RATE = 0.1;

  @Override
  public String name() {
    return "bn-regularizer";
  }

  @Override
  public String line() {
    return "what dropout and L2 gain with a BatchNorm and without one, trained on few samples";
  }

  @Override
  public int points() {
    return NORMS.size() * (DROPS.size() + LAMBDAS.size() - 1) * SEEDS;
  }

  /** The errors of one norm and seed, by probability and by λ. */
  private record Errors(List<Double> drops, List<Double> lambdas) {
    double gain() {
      double best = Math.min(Collections.min(drops), Collections.min(lambdas));
      return drops.getFirst() - best;
    }
  }

  @Override
  public Finding run(Setting setting) {
    List<List<Errors>> errors = new ArrayList<>();
    int done = 0;
    for (Norm norm : NORMS) {
      List<Errors> of = new ArrayList<>();
      for (int i = 0; i < SEEDS; i++) {
        Errors one = new Errors(new ArrayList<>(), new ArrayList<>());
        for (double p : DROPS) {
          one.drops().add(error(setting, norm, p, 0, setting.seed() + i));
          setting.done().accept(++done);
        }
        one.lambdas().add(one.drops().getFirst());
        for (double lambda : LAMBDAS.subList(1, LAMBDAS.size())) {
          one.lambdas().add(error(setting, norm, 0, lambda, setting.seed() + i));
          setting.done().accept(++done);
        }
        of.add(one);
      }
      errors.add(of);
    }
    List<Double> bare = errors.getFirst().stream().map(Errors::gain).toList();
    List<Double> normed = errors.getLast().stream().map(Errors::gain).toList();
    Difference difference = Difference.of(bare, normed);
    return new Finding(
        List.of(
            figure("bn-regularizer-dropout", "probability of dropping", DROPS, errors, true),
            figure("bn-regularizer-l2", "lambda of L2", LAMBDAS, errors, false)),
        "BatchNorm lowers the need for dropout and L2",
        Say.format(
            "on %d samples the best of them lowers the test error by %.2f points without a norm and by"
                + " %.2f with BatchNorm, means over %d seeds whose difference is %s",
            TRAIN, Numbers.mean(bare), Numbers.mean(normed), SEEDS, difference),
        difference.isAboveNoise());
  }

  private static Figure figure(
      String name, String x, List<Double> points, List<List<Errors>> errors, boolean drops) {
    List<Figure.Curve> curves = new ArrayList<>();
    for (Norm norm : NORMS) {
      List<Double> means = new ArrayList<>();
      for (int i = 0; i < points.size(); i++) {
        int point = i;
        means.add(
            errors.get(NORMS.indexOf(norm)).stream()
                .mapToDouble(e -> (drops ? e.drops() : e.lambdas()).get(point))
                .average()
                .orElseThrow());
      }
      curves.add(new Figure.Curve(norm.toString(), means));
    }
    return new Figure(name, x, "test error, %", false, false, points, curves);
  }

  private static double error(Setting setting, Norm norm, double p, double lambda, long seed) {
    Split data = setting.data().get();
    Dataset train = data.train().slice(0, Math.min(TRAIN, data.train().size()));
    Generator masks = new Generator(seed + 1);
    try (Sequential network =
            Mlp.of(train, DEPTH, WIDTH)
                .norm(norm)
                .activation(() -> new Sequential(new ReLU(), new Dropout(p, masks)))
                .build(seed);
        Optimizer sgd =
            Sgd.builder(network.parameters()).learningRate(RATE).weightDecay(lambda).build()) {
      Learning.train(network, sgd, train, seed, EPOCHS);
      return Learning.error(network, data.test());
    }
  }
}
