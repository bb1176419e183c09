package dev.panorm.bench.study.named;

import dev.panorm.Tensor;
import dev.panorm.data.Split;
import dev.panorm.nn.Linear;
import dev.panorm.nn.Sequential;
import dev.panorm.optim.Optimizer;
import dev.panorm.optim.Sgd;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Which variances c / n let a deep ReLU network train with plain SGD, and what stays of them. */
final class InitScaleStudy implements NamedStudy {

  private static final List<Double> VARIANCES = List.of(0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 5.0);
  private static final int DEPTH = 15;
  private static final long WIDTH = 100;
  private static final int EPOCHS = 3;
  private static final double RATE = 0.01;

  /** Test error in per cent below which a network has trained; 90 is chance. */
  private static final double TRAINED = 50;

  @Override
  public String name() {
    return "init-scale";
  }

  @Override
  public String line() {
    return "which initial variances c / n train by plain SGD, and whether their scale persists";
  }

  @Override
  public int points() {
    return 2 * VARIANCES.size();
  }

  /** What became of one network: n times the variance of its weights, and its error. */
  private record Seen(double c, double after, double error) {
    boolean trained() {
      return error < TRAINED;
    }

    double change() {
      return after / c;
    }
  }

  @Override
  public Finding run(Setting setting) {
    List<Seen> bare = new ArrayList<>();
    List<Seen> normed = new ArrayList<>();
    for (double c : VARIANCES) {
      bare.add(look(setting, Norm.NONE, c));
      setting.done().accept(2 * bare.size() - 1);
      normed.add(look(setting, Norm.BATCH, c));
      setting.done().accept(2 * bare.size());
    }
    List<Seen> trained = bare.stream().filter(Seen::trained).toList();
    double most = trained.stream().mapToDouble(Seen::change).max().orElse(Double.NaN);
    return new Finding(
        List.of(
            figure("init-scale-error", "test error, %", bare, normed, Seen::error),
            figure("init-scale-weights", "c after training", bare, normed, Seen::after)),
        "a deep network with a badly chosen c never trains by plain SGD, and where it trains the"
            + " scale of the start persists",
        Say.format(
            "%d layers without a norm reach test errors of %s after %d epochs, in those below"
                + " %.0f %% c grows by a factor of at most %.2f, and with BatchNorm %d of %d train",
            DEPTH,
            Say.each(bare, s -> Say.format("%.1f %% for c = %.1f", s.error(), s.c())),
            EPOCHS,
            TRAINED,
            most,
            normed.stream().filter(Seen::trained).count(),
            normed.size()),
        !bare.getFirst().trained() && most < VARIANCES.get(3) / VARIANCES.get(2));
  }

  private static Figure figure(
      String name, String y, List<Seen> bare, List<Seen> normed, Function<Seen, Double> value) {
    return new Figure(
        name,
        "c of the initial variance c / n",
        y,
        false,
        false,
        VARIANCES,
        List.of(
            new Figure.Curve("none", bare.stream().map(value).toList()),
            new Figure.Curve("batch", normed.stream().map(value).toList())));
  }

  private static Seen look(Setting setting, Norm norm, double c) {
    Split data = setting.data().get();
    try (Sequential network =
            Mlp.of(data.train(), DEPTH, WIDTH).norm(norm).variance(c).build(setting.seed());
        Optimizer sgd = Sgd.of(network.parameters(), RATE)) {
      Learning.train(network, sgd, data.train(), setting.seed(), EPOCHS);
      return new Seen(c, variance(network), Learning.error(network, data.test()));
    }
  }

  /** Mean of n · Var W over the layers between the first and the last. */
  private static double variance(Sequential network) {
    return network.modules().stream()
        .filter(module -> module instanceof Linear linear && isInner(linear.weight().value()))
        .mapToDouble(module -> WIDTH * Numbers.variance(((Linear) module).weight().value()))
        .average()
        .orElseThrow();
  }

  private static boolean isInner(Tensor weight) {
    return weight.dim(0) == WIDTH && weight.dim(1) == WIDTH;
  }
}
