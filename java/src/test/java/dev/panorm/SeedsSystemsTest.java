package dev.panorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.data.Augmentation;
import dev.panorm.data.AugmentedPass;
import dev.panorm.data.Batches;
import dev.panorm.data.Compose;
import dev.panorm.data.Dataset;
import dev.panorm.data.Pass;
import dev.panorm.data.PcaColorNoise;
import dev.panorm.data.PrefetchedPass;
import dev.panorm.data.RandomCrop;
import dev.panorm.data.RandomHorizontalFlip;
import dev.panorm.distributed.Replicas;
import dev.panorm.distributed.SyncBatchNorm;
import dev.panorm.distributed.ThreadWorkers;
import dev.panorm.distributed.Workers;
import dev.panorm.nn.BatchNorm;
import dev.panorm.nn.BatchNorm1d;
import dev.panorm.nn.BatchNormalized;
import dev.panorm.nn.Flatten;
import dev.panorm.nn.Linear;
import dev.panorm.nn.Module;
import dev.panorm.nn.ReLU;
import dev.panorm.nn.Sequential;
import dev.panorm.optim.Adam;
import dev.panorm.optim.Optimizer;
import dev.panorm.optim.Sgd;
import dev.panorm.train.BatchNormStatistics;
import dev.panorm.train.Criterion;
import dev.panorm.train.EpochResult;
import dev.panorm.train.Grid;
import dev.panorm.train.Trainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The rows of the lecture notes in which several parts work together; see {@link SeedsTest}. */
final class SeedsSystemsTest {

  private static final long SEED = 24;
  private static final int FEATURES = 5;
  private static final int CLASSES = 3;

  private static Tensor normal(Scope scope, long stream, long... dims) {
    Tensor tensor = scope.empty(DType.FLOAT64, dims);
    new RandomStream(SEED, stream).fillNormal(tensor, 1, 2);
    return tensor;
  }

  private static Dataset samples(Scope scope, long count) {
    Tensor targets = scope.empty(DType.INT64, count);
    targets.fill(i -> i % CLASSES);
    return new Dataset(normal(scope, 1, count, FEATURES), targets, CLASSES);
  }

  private static double[] run(Module network, Tensor x) {
    try (Tape _ = Tape.open()) {
      return network.forward(Variable.of(x)).value().toDoubleArray();
    }
  }

  private static Map<String, List<Double>> state(Module network) {
    Map<String, List<Double>> values = new LinkedHashMap<>();
    network
        .stateDict()
        .forEach(
            (name, tensor) ->
                values.put(name, Arrays.stream(tensor.toDoubleArray()).boxed().toList()));
    return values;
  }

  /**
   * Algorithm 2: insert, train, find the statistics, freeze. Folding moves the factor of at most 10
   * into sums of 9 products whose magnitudes add up to less than 100, in two layers: less than 2 ·
   * (2 · 12 · 2^−53 · 100 · 10) · 10 = 5e-11.
   */
  @Test
  void n24ConversionToTheFrozenNetwork() {
    try (Scope scope = Scope.open();
        Sequential network =
            BatchNormalized.convert(
                new Sequential(
                    new Linear(FEATURES, 8, true, new Generator(SEED)),
                    new ReLU(),
                    new Linear(8, CLASSES, true, new Generator(SEED + 1))),
                0,
                2)) {
      network.to(DType.FLOAT64);
      assertEquals(
          List.of("Linear", "BatchNorm1d", "ReLU", "Linear", "BatchNorm1d"),
          network.children().values().stream().map(m -> m.getClass().getSimpleName()).toList());
      Dataset data = samples(scope, 24);
      try (Sgd sgd = Sgd.of(network.parameters(), 0.1)) {
        new Trainer(network, sgd, Criterion.crossEntropy()).fit(Batches.shuffled(data, 8, SEED), 2);
      }
      BatchNormStatistics.algorithm2(network, data, 8);
      network.eval();
      double[] expected = run(network, data.inputs());

      assertEquals(2, BatchNormalized.toInference(network));
      assertTrue(network.modules().stream().noneMatch(BatchNorm.class::isInstance));
      network.train();
      Map<String, List<Double>> frozen = state(network);
      double[] got = run(network, data.inputs());
      assertArrayEquals(expected, got, 5e-11, "seed " + SEED);
      assertEquals(frozen, state(network));
      assertTrue(network.parameters().stream().noneMatch(Variable::requiresGrad));
    }
  }

  /** Two workers with unequal shares against one with all samples; 1e-13 as in their own test. */
  @Test
  void n28SynchronizedWorkersAreOneBigBatch() {
    try (Scope scope = Scope.open()) {
      Dataset all = samples(scope, 24);
      List<double[]> alone = ThreadWorkers.run(1, workers -> synchronizedSteps(all, workers));
      List<double[]> two =
          ThreadWorkers.run(
              2,
              workers ->
                  synchronizedSteps(
                      workers.rank() == 0 ? all.slice(0, 7) : all.slice(7, 24), workers));
      assertArrayEquals(alone.getFirst(), two.get(0), 1e-13, "seed " + SEED);
      assertArrayEquals(two.get(0), two.get(1));
    }
  }

  /** Parameters and running statistics after three steps. */
  private static double[] synchronizedSteps(Dataset mine, Workers workers) {
    try (Sequential network =
            new Sequential(
                new Linear(FEATURES, CLASSES, true, new Generator(SEED)),
                new SyncBatchNorm(new BatchNorm1d(CLASSES), workers));
        Sgd sgd = Sgd.of(network.parameters(), 0.1)) {
      network.to(DType.FLOAT64);
      for (int step = 0; step < 3; step++) {
        try (Tape _ = Tape.open()) {
          Variable output = network.forward(Variable.of(mine.inputs()));
          Variable loss = Criterion.crossEntropy().loss(output, mine.targets());
          sgd.zeroGrad();
          Arithmetic.scale(loss, mine.size() / 24.0).backward();
          Replicas.sumGradients(workers, network.parameters());
          sgd.step();
        }
      }
      return state(network).values().stream()
          .flatMap(List::stream)
          .mapToDouble(Double::doubleValue)
          .toArray();
    }
  }

  /**
   * Each batch is made while the loss of the one before is computed: it does not begin earlier, and
   * the loss does not end before the batch is made. And it is the same training as without.
   */
  @Test
  @Timeout(60) // only against a hang
  void n64BatchesAreMadeWhileThePreviousOneTrains() {
    try (Scope scope = Scope.open()) {
      Tensor images = normal(scope, 2, 32, 3, 4, 4);
      Tensor targets = scope.empty(DType.INT64, 32);
      targets.fill(i -> i % CLASSES);
      Dataset data = new Dataset(images, targets, CLASSES);
      Augmentation change =
          Compose.of(
              new RandomCrop(4, 4, 1), new RandomHorizontalFlip(), PcaColorNoise.fit(images, 0.1));
      Pass pass = new AugmentedPass(Batches.shuffled(data, 8, SEED).epoch(0), change, SEED);
      double[] plain = trained(pass, Criterion.crossEntropy());

      List<CountDownLatch> trains = latches(pass.count());
      List<CountDownLatch> made = latches(pass.count());
      AtomicInteger batch = new AtomicInteger();
      Criterion overlapping =
          (output, target) -> {
            int number = batch.getAndIncrement();
            trains.get(number).countDown();
            if (number + 1 < pass.count()) {
              await(made.get(number + 1));
            }
            return Criterion.crossEntropy().loss(output, target);
          };
      try (PrefetchedPass ahead = PrefetchedPass.of(waiting(pass, trains, made), 1, 1)) {
        assertArrayEquals(plain, trained(ahead, overlapping), "seed " + SEED);
      }
      for (int threads = 1; threads < 4; threads++) {
        try (PrefetchedPass ahead = PrefetchedPass.of(pass, threads, 3)) {
          assertArrayEquals(plain, trained(ahead, Criterion.crossEntropy()), "seed " + SEED);
        }
      }
    }
  }

  private static List<CountDownLatch> latches(int count) {
    return Stream.generate(() -> new CountDownLatch(1)).limit(count).toList();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The pass, whose batches wait for the training on the one before. */
  private static Pass waiting(Pass pass, List<CountDownLatch> trains, List<CountDownLatch> made) {
    return new Pass() {
      @Override
      public long number() {
        return pass.number();
      }

      @Override
      public int count() {
        return pass.count();
      }

      @Override
      public Dataset batch(int index, Scope scope) {
        if (index > 0) {
          await(trains.get(index - 1));
        }
        Dataset batch = pass.batch(index, scope);
        made.get(index).countDown();
        return batch;
      }
    };
  }

  private static double[] trained(Pass pass, Criterion criterion) {
    Linear linear = new Linear(48, CLASSES, true, new Generator(SEED));
    try (Sequential network = new Sequential(new Flatten(), linear);
        Sgd sgd = Sgd.of(network.parameters(), 0.01)) {
      network.to(DType.FLOAT64);
      new Trainer(network, sgd, criterion).epoch(pass);
      return linear.weight().value().toDoubleArray();
    }
  }

  /** A grid that is cut short in its third experiment and then goes on. */
  @Test
  void n76AResumedGridIsAnUninterruptedOne(@TempDir Path folder) throws IOException {
    Grid grid =
        new Grid(
            SEED,
            List.of(
                new Grid.Axis("optimizer", List.of("sgd", "adam")),
                new Grid.Axis("norm", List.of("none", "batch"))));
    List<Grid.Result> whole =
        grid.run(folder.resolve("whole"), SeedsSystemsTest::train, result -> {});
    Path journal = folder.resolve("cut");
    assertThrows(
        IllegalStateException.class,
        () ->
            grid.run(
                journal,
                cell -> {
                  if (cell.number() == 2) {
                    throw new IllegalStateException("interrupted");
                  }
                  return train(cell);
                },
                result -> {}));
    assertEquals(whole, grid.run(journal, SeedsSystemsTest::train, result -> {}));
    assertEquals(-1, Files.mismatch(folder.resolve("whole"), journal));
    assertEquals(4, whole.stream().map(Grid.Result::curves).distinct().count());
  }

  private static Map<String, List<Double>> train(Grid.Cell cell) {
    List<Module> layers = new ArrayList<>(List.of(new Linear(FEATURES, CLASSES)));
    if (cell.choice("norm").equals("batch")) {
      layers.add(new BatchNorm1d(CLASSES));
    }
    try (Scope scope = Scope.open();
        Sequential network = new Sequential(layers)) {
      network.to(DType.FLOAT64);
      try (Optimizer optimizer =
          cell.choice("optimizer").equals("sgd")
              ? Sgd.of(network.parameters(), 0.1)
              : Adam.of(network.parameters(), 0.1)) {
        List<EpochResult> epochs =
            new Trainer(network, optimizer, Criterion.crossEntropy())
                .fit(Batches.shuffled(samples(scope, 24), 8, cell.seed()), 2);
        return Map.of("loss", epochs.stream().map(EpochResult::loss).toList());
      }
    }
  }
}
