package dev.panorm.bench.study.named;

import dev.panorm.data.Split;
import dev.panorm.nn.Sequential;
import dev.panorm.optim.Optimizer;
import dev.panorm.optim.Sgd;
import java.util.ArrayList;
import java.util.List;

/** Activations and gradients that explode with depth, and lower learning rates against them. */
final class ExplodingStudy implements NamedStudy {

  private static final List<Double> DEPTHS = List.of(5.0, 10.0, 20.0, 30.0, 40.0, 50.0);
  private static final List<Double> RATES = List.of(1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0);
  private static final double VARIANCE = 4;
  private static final long WIDTH = 100;
  private static final int TRAINED_DEPTH = 10;

  @Override
  public String name() {
    return "exploding";
  }

  @Override
  public String line() {
    return "exploding activations and gradients by depth, with a norm and with lower rates";
  }

  @Override
  public int points() {
    return DEPTHS.size() + RATES.size();
  }

  @Override
  public Finding run(Setting setting) {
    List<Signals> bare = new ArrayList<>();
    List<Signals> normed = new ArrayList<>();
    for (double depth : DEPTHS) {
      bare.add(Signals.of(Norm.NONE, (int) depth, WIDTH, VARIANCE, setting.seed()));
      normed.add(Signals.of(Norm.BATCH, (int) depth, WIDTH, VARIANCE, setting.seed()));
      setting.done().accept(bare.size());
    }
    List<Double> bareErrors = new ArrayList<>();
    List<Double> normedErrors = new ArrayList<>();
    for (double rate : RATES) {
      bareErrors.add(error(setting, Norm.NONE, rate));
      normedErrors.add(error(setting, Norm.BATCH, rate));
      setting.done().accept(DEPTHS.size() + bareErrors.size());
    }
    Signals deepest = normed.getLast();
    double best = bareErrors.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    return new Finding(
        List.of(
            new Figure(
                "exploding",
                "layers",
                "factor from end to end",
                false,
                true,
                DEPTHS,
                List.of(
                    new Figure.Curve("none, activations", changes(bare)),
                    new Figure.Curve("none, gradients", growths(bare)),
                    new Figure.Curve("batch, activations", changes(normed)),
                    new Figure.Curve("batch, gradients", growths(normed)))),
            new Figure(
                "exploding-rates",
                "learning rate",
                "test error after an epoch, %",
                true,
                false,
                RATES,
                List.of(
                    new Figure.Curve("none", bareErrors),
                    new Figure.Curve("batch", normedErrors)))),
        "a norm tames exploding activations but not exploding gradients, against which a lower"
            + " learning rate helps",
        Say.format(
            "over %.0f layers of c = %.0f activations change by a factor of %.2g without a norm and"
                + " of %.2g with BatchNorm, whose gradients still grow by %.2g on their way back; %d"
                + " layers without a norm go from a test error of %.1f %% at rate %.0e to %.1f %% at"
                + " their best",
            DEPTHS.getLast(),
            VARIANCE,
            bare.getLast().change(),
            deepest.change(),
            deepest.gradientGrowth(),
            TRAINED_DEPTH,
            bareErrors.getLast(),
            RATES.getLast(),
            best),
        deepest.change() < 2
            && bare.getLast().change() > 10
            && deepest.gradientGrowth() > 10
            && best < bareErrors.getLast() - 20);
  }

  private static List<Double> changes(List<Signals> signals) {
    return signals.stream().map(Signals::change).toList();
  }

  private static List<Double> growths(List<Signals> signals) {
    return signals.stream().map(Signals::gradientGrowth).toList();
  }

  private static double error(Setting setting, Norm norm, double rate) {
    Split data = setting.data().get();
    try (Sequential network =
            Mlp.of(data.train(), TRAINED_DEPTH, WIDTH)
                .norm(norm)
                .variance(VARIANCE)
                .build(setting.seed());
        Optimizer sgd = Sgd.of(network.parameters(), rate)) {
      Learning.train(network, sgd, data.train(), setting.seed(), 1);
      return Learning.error(network, data.test());
    }
  }
}
