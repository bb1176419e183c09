package dev.panorm.bench.study.named;

import dev.panorm.Generator;
import dev.panorm.data.Batches;
import dev.panorm.data.Split;
import dev.panorm.nn.BatchNorm1d;
import dev.panorm.nn.Flatten;
import dev.panorm.nn.GroupNorm;
import dev.panorm.nn.Linear;
import dev.panorm.nn.Module;
import dev.panorm.nn.ReLU;
import dev.panorm.nn.Sequential;
import dev.panorm.optim.Adam;
import dev.panorm.optim.Optimizer;
import dev.panorm.train.Criterion;
import dev.panorm.train.Evaluation;
import dev.panorm.train.Trainer;
import dev.panorm.train.TrainingListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Test error of the same network with BatchNorm and with GroupNorm, by batch size. */
final class BatchSizeStudy implements NamedStudy {

  private static final List<Double> SIZES = List.of(2.0, 4.0, 8.0, 16.0, 32.0, 64.0);
  private static final long WIDTH = 100;
  private static final long GROUPS = 10;
  private static final double RATE_AT_64 = 2e-3;
  private static final int TEST_BATCH = 500;

  /** Differences of the error below are chance: a deviation of 1,000 tests at 5 %. */
  private static final double CHANCE = 0.7;

  @Override
  public String name() {
    return "batch-size";
  }

  @Override
  public String line() {
    return "test error by batch size: BatchNorm against GroupNorm, one epoch each";
  }

  @Override
  public int points() {
    return 2 * SIZES.size();
  }

  @Override
  public Finding run(Setting setting) {
    Split data = setting.data().get();
    List<Double> batch = new ArrayList<>();
    List<Double> group = new ArrayList<>();
    for (double size : SIZES) {
      batch.add(error(data, new BatchNorm1d(WIDTH), (int) size, setting.seed()));
      setting.done().accept(2 * batch.size() - 1);
      group.add(error(data, new GroupNorm(GROUPS, WIDTH), (int) size, setting.seed()));
      setting.done().accept(2 * batch.size());
    }
    double rise = batch.getFirst() - batch.getLast();
    double flat = group.getFirst() - group.getLast();
    return new Finding(
        List.of(
            new Figure(
                "batch-size",
                "batch size",
                "test error, %",
                true,
                false,
                SIZES,
                List.of(new Figure.Curve("batch", batch), new Figure.Curve("group", group)))),
        "BatchNorm's error rises as batches shrink while GroupNorm's does not",
        String.format(
            Locale.ROOT,
            "from batches of 64 to batches of 2 the error changes by %+.2f points with BatchNorm and by"
                + " %+.2f with GroupNorm",
            rise,
            flat),
        rise > flat + CHANCE);
  }

  /** Adam's rate falls with the square root of the batch, as the gradient's noise grows. */
  private static double error(Split data, Module norm, int size, long seed) {
    Generator generator = new Generator(seed);
    long pixels = data.train().inputs().elements() / data.train().size();
    double rate = RATE_AT_64 * Math.sqrt(size / 64.0);
    try (Sequential network =
            new Sequential(
                new Flatten(),
                new Linear(pixels, WIDTH, true, generator),
                norm,
                new ReLU(),
                new Linear(WIDTH, data.train().classes(), true, generator));
        Optimizer adam = Adam.of(network.parameters(), rate)) {
      Criterion criterion = Criterion.crossEntropy();
      new Trainer(network, adam, criterion, new TrainingListener() {})
          .epoch(Batches.shuffled(data.train(), size, seed).epoch(0));
      return 100 * (1 - Evaluation.of(network, criterion, data.test(), TEST_BATCH).accuracy());
    }
  }
}
