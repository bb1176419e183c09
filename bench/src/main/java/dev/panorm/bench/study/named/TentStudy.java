package dev.panorm.bench.study.named;

import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.data.Batches;
import dev.panorm.data.Dataset;
import dev.panorm.data.Split;
import dev.panorm.nn.Sequential;
import dev.panorm.optim.Adam;
import dev.panorm.optim.Optimizer;
import dev.panorm.train.BatchNormStatistics;
import dev.panorm.train.Tent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Test images that differ from the training images, and adaptation to them without labels. */
final class TentStudy implements NamedStudy {

  private static final List<Double> SHIFTS = List.of(0.0, 0.25, 0.5, 0.75, 1.0);
  private static final int DEPTH = 2;
  private static final long WIDTH = 100;
  private static final int EPOCHS = 3;
  private static final double RATE = 2e-3;
  private static final int BATCH = 200;

  @Override
  public String name() {
    return "tent";
  }

  @Override
  public String line() {
    return "test-time adaptation to noisy, faint test images: stored and new statistics, and TENT";
  }

  @Override
  public int points() {
    return 1 + SHIFTS.size();
  }

  /** Test errors by shift. */
  private record Errors(List<Double> stored, List<Double> statistics, List<Double> tent) {}

  @Override
  public Finding run(Setting setting) {
    Split data = setting.data().get();
    Errors errors = new Errors(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    try (Sequential network =
            Mlp.of(data.train(), DEPTH, WIDTH).norm(Norm.BATCH).build(setting.seed());
        Optimizer adam = Adam.of(network.parameters(), RATE);
        Scope scope = Scope.open()) {
      Learning.train(network, adam, data.train(), setting.seed(), EPOCHS);
      setting.done().accept(1);
      Map<String, Tensor> trained = new LinkedHashMap<>();
      network.stateDict().forEach((name, tensor) -> trained.put(name, scope.copyOf(tensor)));
      for (double shift : SHIFTS) {
        look(network, shifted(data.test(), shift, setting.seed(), scope), errors);
        network.loadStateDict(trained);
        setting.done().accept(1 + errors.tent().size());
      }
    }
    double stored = Numbers.mean(errors.stored());
    double statistics = Numbers.mean(errors.statistics());
    double tent = Numbers.mean(errors.tent());
    return new Finding(
        List.of(
            new Figure(
                "tent",
                "shift of the test images",
                "test error, %",
                false,
                false,
                SHIFTS,
                List.of(
                    new Figure.Curve("stored statistics", errors.stored()),
                    new Figure.Curve("statistics of the test images", errors.statistics()),
                    new Figure.Curve("TENT", errors.tent())))),
        "stored statistics go stale when the data change, and a network that adapts its norms to the"
            + " test data is robust",
        Say.format(
            "the test error grows from %.1f %% to %.1f %% as the images change, and its mean over"
                + " all changes is %.1f %% with stored statistics, %.1f %% with those of the test"
                + " images and %.1f %% with TENT",
            errors.stored().getFirst(), errors.stored().getLast(), stored, statistics, tent),
        errors.stored().getLast() > errors.stored().getFirst() + 5 && tent < stored - 5);
  }

  private static void look(Sequential network, Dataset test, Errors errors) {
    errors.stored().add(Learning.error(network, test));
    BatchNormStatistics.pooled(network, test, BATCH);
    errors.statistics().add(Learning.error(network, test));
    try (Tent tent = new Tent(network, parameters -> Adam.of(parameters, RATE))) {
      Batches.Epoch epoch = Batches.inOrder(test, BATCH).epoch(0);
      for (int i = 0; i < epoch.count(); i++) {
        try (Scope scope = Scope.open()) {
          tent.step(epoch.batch(i, scope).inputs());
        }
      }
    }
    BatchNormStatistics.pooled(network, test, BATCH);
    errors.tent().add(Learning.error(network, test));
  }

  /** Fainter by 1 − shift / 2, lighter by shift, and covered with noise of that deviation. */
  private static Dataset shifted(Dataset data, double shift, long seed, Scope scope) {
    Tensor inputs = scope.copyOf(data.inputs());
    double[] values = inputs.toDoubleArray();
    RandomStream stream = new RandomStream(seed, -1);
    inputs.fill(i -> (1 - shift / 2) * values[(int) i] + shift * (1 + stream.normal(i)));
    return new Dataset(inputs, data.targets(), data.classes());
  }
}
