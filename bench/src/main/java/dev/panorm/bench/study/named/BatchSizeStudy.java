package dev.panorm.bench.study.named;

import dev.panorm.data.Split;
import dev.panorm.nn.Sequential;
import dev.panorm.optim.Adam;
import dev.panorm.optim.Optimizer;
import java.util.ArrayList;
import java.util.List;

/** Test error of the same network with BatchNorm and with GroupNorm, by batch size. */
final class BatchSizeStudy implements NamedStudy {

  private static final List<Double> SIZES = List.of(2.0, 4.0, 8.0, 16.0, 32.0, 64.0);
  private static final long WIDTH = 100;
  private static final double RATE_AT_64 = 2e-3;

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
      batch.add(error(data, Norm.BATCH, (int) size, setting.seed()));
      setting.done().accept(2 * batch.size() - 1);
      group.add(error(data, Norm.GROUP, (int) size, setting.seed()));
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
        Say.format(
            "from batches of 64 to batches of 2 the error changes by %+.2f points with BatchNorm and by"
                + " %+.2f with GroupNorm",
            rise, flat),
        rise > flat + CHANCE);
  }

  /** Adam's rate falls with the square root of the batch, as the gradient's noise grows. */
  private static double error(Split data, Norm norm, int size, long seed) {
    double rate = RATE_AT_64 * Math.sqrt(size / 64.0);
    try (Sequential network = Mlp.of(data.train(), 1, WIDTH).norm(norm).build(seed);
        Optimizer adam = Adam.of(network.parameters(), rate)) {
      Learning.epoch(network, adam, data.train(), size, seed, 0);
      return Learning.error(network, data.test());
    }
  }
}
