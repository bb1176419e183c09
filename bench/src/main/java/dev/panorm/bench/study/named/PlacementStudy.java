package dev.panorm.bench.study.named;

import dev.panorm.data.Split;
import dev.panorm.nn.Sequential;
import dev.panorm.optim.Adam;
import dev.panorm.optim.Optimizer;
import java.util.ArrayList;
import java.util.List;

/** A norm before the activation against one behind it. */
final class PlacementStudy implements NamedStudy {

  private static final List<Norm> NORMS = List.of(Norm.BATCH, Norm.LAYER);
  private static final int SEEDS = 4;
  private static final int DEPTH = 3;
  private static final long WIDTH = 100;
  private static final int EPOCHS = 2;
  private static final double RATE = 2e-3;

  @Override
  public String name() {
    return "placement";
  }

  @Override
  public String line() {
    return "a norm before the activation against one behind it, test error over several seeds";
  }

  @Override
  public int points() {
    return NORMS.size() * 2 * SEEDS;
  }

  @Override
  public Finding run(Setting setting) {
    List<Figure.Curve> curves = new ArrayList<>();
    List<Difference> differences = new ArrayList<>();
    int done = 0;
    for (Norm norm : NORMS) {
      List<Double> before = new ArrayList<>();
      List<Double> behind = new ArrayList<>();
      for (int i = 0; i < SEEDS; i++) {
        before.add(error(setting, norm, false, setting.seed() + i));
        setting.done().accept(++done);
        behind.add(error(setting, norm, true, setting.seed() + i));
        setting.done().accept(++done);
      }
      curves.add(new Figure.Curve(norm + " before", before));
      curves.add(new Figure.Curve(norm + " behind", behind));
      differences.add(Difference.of(behind, before));
    }
    Difference batch = differences.getFirst();
    return new Finding(
        List.of(
            new Figure(
                "placement", "run", "test error, %", false, false, Figure.countTo(SEEDS), curves)),
        "a norm behind the activation is slightly less effective than one before it",
        Say.format(
            "over %d seeds the test error behind is higher by %s points with BatchNorm and by %s with"
                + " LayerNorm (mean and its standard error)",
            SEEDS, batch, differences.getLast()),
        batch.isAboveNoise());
  }

  private static double error(Setting setting, Norm norm, boolean last, long seed) {
    Split data = setting.data().get();
    try (Sequential network =
            Mlp.of(data.train(), DEPTH, WIDTH).norm(norm).normLast(last).build(seed);
        Optimizer adam = Adam.of(network.parameters(), RATE)) {
      Learning.train(network, adam, data.train(), seed, EPOCHS);
      return Learning.error(network, data.test());
    }
  }
}
