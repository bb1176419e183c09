package dev.panorm.bench.study.named;

import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.data.Batches;
import dev.panorm.data.Dataset;
import dev.panorm.data.Split;
import dev.panorm.distributed.Replicas;
import dev.panorm.distributed.SyncBatchNorm;
import dev.panorm.distributed.ThreadWorkers;
import dev.panorm.distributed.Workers;
import dev.panorm.nn.BatchNorm1d;
import dev.panorm.nn.Module;
import dev.panorm.nn.ReLU;
import dev.panorm.nn.Sequential;
import dev.panorm.optim.Adam;
import dev.panorm.optim.Optimizer;
import dev.panorm.train.Criterion;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Batch statistics of all workers against those of each alone: time, numbers sent, and error. */
final class SyncCostStudy implements NamedStudy {

  private static final List<Double> WORKERS = List.of(1.0, 2.0, 4.0, 8.0, 16.0);
  private static final long SAMPLES = 4096;
  private static final int BATCH = 32;
  private static final int DEPTH = 2;
  private static final long WIDTH = 100;
  private static final double RATE = 2e-3;

  /** Which statistics a worker normalizes with. */
  private enum Statistics {
    OWN,
    OF_ALL
  }

  /**
   * What a training came to.
   *
   * @param milliseconds of a step, the median
   * @param sent numbers that a worker gives to the norms of the others in a step
   * @param error of the test, in per cent
   */
  private record Cost(double milliseconds, double sent, double error) {}

  @Override
  public String name() {
    return "sync-cost";
  }

  @Override
  public String line() {
    return "what it costs and gains to synchronize BatchNorm over workers that share a batch of 32";
  }

  @Override
  public int points() {
    return 2 * WORKERS.size();
  }

  @Override
  public Finding run(Setting setting) {
    List<Cost> own = new ArrayList<>();
    List<Cost> all = new ArrayList<>();
    for (double count : WORKERS) {
      own.add(train(setting, (int) count, Statistics.OWN));
      setting.done().accept(2 * own.size() - 1);
      all.add(train(setting, (int) count, Statistics.OF_ALL));
      setting.done().accept(2 * own.size());
    }
    List<Double> overhead = new ArrayList<>();
    for (int i = 0; i < WORKERS.size(); i++) {
      overhead.add(100 * (all.get(i).milliseconds() / own.get(i).milliseconds() - 1));
    }
    double several = Numbers.mean(overhead.subList(1, overhead.size()));
    return new Finding(
        List.of(
            new Figure(
                "sync-cost-time",
                "workers",
                "milliseconds of a step, median",
                true,
                false,
                WORKERS,
                List.of(
                    new Figure.Curve("own statistics", each(own, Cost::milliseconds)),
                    new Figure.Curve("statistics of all", each(all, Cost::milliseconds)))),
            new Figure(
                "sync-cost-error",
                "workers",
                "test error, %",
                true,
                false,
                WORKERS,
                List.of(
                    new Figure.Curve("own statistics", each(own, Cost::error)),
                    new Figure.Curve("statistics of all", each(all, Cost::error))))),
        "statistics that are synchronized over devices take more time",
        Say.format(
            "with 2 to %.0f threads as workers a step takes %.0f %% longer on average, for %.0f numbers"
                + " that each worker sends, and where %.0f workers have %.0f samples each the test error"
                + " is %.1f %% in place of %.1f %%",
            WORKERS.getLast(),
            several,
            all.getLast().sent(),
            WORKERS.getLast(),
            BATCH / WORKERS.getLast(),
            all.getLast().error(),
            own.getLast().error()),
        several > 0);
  }

  private static List<Double> each(List<Cost> costs, Function<Cost, Double> figure) {
    return costs.stream().map(figure).toList();
  }

  private static Cost train(Setting setting, int count, Statistics statistics) {
    Split data = setting.data().get();
    return ThreadWorkers.run(count, workers -> work(data, workers, statistics, setting.seed()))
        .getFirst();
  }

  private static Cost work(Split data, Workers workers, Statistics statistics, long seed) {
    Counted counted = new Counted(workers);
    Dataset train = data.train().slice(0, Math.min(SAMPLES, data.train().size()));
    try (Sequential network =
            Mlp.of(train, DEPTH, WIDTH)
                .activation(() -> new Sequential(norm(statistics, counted), new ReLU()))
                .build(seed);
        Optimizer adam = Adam.of(network.parameters(), RATE)) {
      Batches.Epoch epoch = Batches.shuffled(train, BATCH, seed).dropLast().epoch(0);
      double[] times = new double[epoch.count()];
      for (int i = 0; i < times.length; i++) {
        try (Tape tape = Tape.open()) {
          Dataset mine = share(epoch.batch(i, tape.scope()), workers);
          long start = System.nanoTime();
          step(network, adam, mine, workers);
          times[i] = (System.nanoTime() - start) / 1e6;
        }
      }
      return new Cost(
          Numbers.median(times),
          counted.numbers() / epoch.count(),
          Learning.error(network, data.test()));
    }
  }

  private static Module norm(Statistics statistics, Workers workers) {
    BatchNorm1d norm = new BatchNorm1d(WIDTH);
    return statistics == Statistics.OWN ? norm : new SyncBatchNorm(norm, workers);
  }

  private static Dataset share(Dataset batch, Workers workers) {
    long size = batch.size() / workers.count();
    return batch.slice(workers.rank() * size, (workers.rank() + 1) * size);
  }

  private static void step(Module network, Optimizer adam, Dataset mine, Workers workers) {
    Variable output = network.forward(Variable.of(mine.inputs()));
    Variable loss = Criterion.crossEntropy().loss(output, mine.targets());
    adam.zeroGrad();
    Arithmetic.scale(loss, 1.0 / workers.count()).backward();
    Replicas.sumGradients(workers, network.parameters());
    adam.step();
  }

  /** A worker that counts the numbers that it gives. */
  private static final class Counted implements Workers {

    private final Workers workers;
    private long given;

    Counted(Workers workers) {
      this.workers = workers;
    }

    double numbers() {
      return (double) given;
    }

    @Override
    public int rank() {
      return workers.rank();
    }

    @Override
    public int count() {
      return workers.count();
    }

    @Override
    public List<double[]> allGather(double... mine) {
      given += mine.length;
      return workers.allGather(mine);
    }
  }
}
