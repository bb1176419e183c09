package dev.panorm.bench.study.named;

import dev.panorm.data.Split;
import dev.panorm.nn.Sequential;
import dev.panorm.optim.Optimizer;
import dev.panorm.optim.Sgd;
import java.util.ArrayList;
import java.util.List;

/** Whether the size of the weights says how well a network does. */
final class DecayProxyStudy implements NamedStudy {

  private static final List<Double> VARIANCES = List.of(0.25, 0.5, 1.0, 2.0, 4.0);
  private static final int DEPTH = 3;
  private static final long WIDTH = 100;
  private static final int EPOCHS = 4;
  private static final double RATE = 0.1;

  @Override
  public String name() {
    return "decay-proxy";
  }

  @Override
  public String line() {
    return "squared length of the weights against the test error, over initial variances";
  }

  @Override
  public int points() {
    return 2 * VARIANCES.size();
  }

  @Override
  public Finding run(Setting setting) {
    Seen bare = look(setting, Norm.NONE, 0);
    Seen normed = look(setting, Norm.BATCH, VARIANCES.size());
    return new Finding(
        List.of(
            figure(
                "decay-proxy-weights",
                "squared length of the weights",
                bare.squares,
                normed.squares),
            figure("decay-proxy-error", "test error, %", bare.errors, normed.errors)),
        "the size of the parameters may be a bad proxy for complexity in deep networks",
        Say.format(
            "over c from %s to %s %s without a norm, and %s with BatchNorm",
            VARIANCES.getFirst(), VARIANCES.getLast(), bare, normed),
        bare.isBadProxy() && normed.isBadProxy());
  }

  private record Seen(List<Double> squares, List<Double> errors) {
    private int least() {
      return squares.indexOf(Numbers.min(squares));
    }

    private int best() {
      return errors.indexOf(Numbers.min(errors));
    }

    /** Whether a network does better whose weights are longer, in the square, by a half or more. */
    boolean isBadProxy() {
      return squares.get(best()) > 1.5 * squares.get(least());
    }

    @Override
    public String toString() {
      return Say.format(
          "the trained network of the shortest weights has a test error of %.2f %% and the best of"
              + " %.2f %%, with a squared length %.1f times as large",
          errors.get(least()), errors.get(best()), squares.get(best()) / squares.get(least()));
    }
  }

  private static Figure figure(String name, String y, List<Double> bare, List<Double> normed) {
    return new Figure(
        name,
        "c of the initial variance c / n",
        y,
        true,
        false,
        VARIANCES,
        List.of(new Figure.Curve("none", bare), new Figure.Curve("batch", normed)));
  }

  private static Seen look(Setting setting, Norm norm, int done) {
    Split data = setting.data().get();
    Seen seen = new Seen(new ArrayList<>(), new ArrayList<>());
    for (double c : VARIANCES) {
      try (Sequential network =
              Mlp.of(data.train(), DEPTH, WIDTH).norm(norm).variance(c).build(setting.seed());
          Optimizer sgd = Sgd.of(network.parameters(), RATE)) {
        Learning.train(network, sgd, data.train(), setting.seed(), EPOCHS);
        seen.errors().add(Learning.error(network, data.test()));
        seen.squares()
            .add(
                network.parameters().stream()
                    .mapToDouble(p -> Math.pow(Numbers.length(p.value().toDoubleArray()), 2))
                    .sum());
      }
      setting.done().accept(done + seen.errors().size());
    }
    return seen;
  }
}
