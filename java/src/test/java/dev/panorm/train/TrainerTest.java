package dev.panorm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.Generator;
import dev.panorm.MemoryUsage;
import dev.panorm.Panorm;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.data.Batches;
import dev.panorm.data.Dataset;
import dev.panorm.nn.BatchNorm1d;
import dev.panorm.nn.BatchNorm2d;
import dev.panorm.nn.Conv2d;
import dev.panorm.nn.Flatten;
import dev.panorm.nn.GroupNorm;
import dev.panorm.nn.LayerNorm;
import dev.panorm.nn.Linear;
import dev.panorm.nn.MaxPool2d;
import dev.panorm.nn.Module;
import dev.panorm.nn.ReLU;
import dev.panorm.nn.Sequential;
import dev.panorm.optim.Adam;
import dev.panorm.optim.Optimizer;
import dev.panorm.optim.Sgd;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

final class TrainerTest {

  private static final long SEED = 4;
  private static final int CLASSES = 4;

  /** Classes around random centres: each sample is its centre plus noise of half the size. */
  private static Dataset clusters(Scope scope, int samples, long... dims) {
    long[] all = new long[dims.length + 1];
    all[0] = samples;
    System.arraycopy(dims, 0, all, 1, dims.length);
    Tensor inputs = scope.empty(DType.FLOAT32, all);
    int size = (int) (inputs.elements() / samples);
    RandomStream centres = new RandomStream(SEED, 1);
    RandomStream noise = new RandomStream(SEED, 2);
    inputs.fill(i -> centres.normal(i / size % CLASSES * size + i % size) + 0.5 * noise.normal(i));
    Tensor targets = scope.empty(DType.INT64, samples);
    targets.fill(i -> i % CLASSES);
    return new Dataset(inputs, targets, CLASSES);
  }

  private static Sequential mlp(Function<Integer, Module> norm) {
    Generator generator = new Generator(SEED);
    return new Sequential(
        new Linear(20, 16, true, generator),
        norm.apply(16),
        new ReLU(),
        new Linear(16, CLASSES, true, generator));
  }

  private static Sequential cnn() {
    Generator generator = new Generator(SEED);
    return new Sequential(
        Conv2d.builder(1, 4, 3).padding(1).generator(generator).build(),
        new BatchNorm2d(4),
        new ReLU(),
        new MaxPool2d(2),
        new Flatten(),
        new Linear(4 * 4 * 4, CLASSES, true, generator));
  }

  @Test
  void networksWithEachNormLearn() {
    List<Function<Integer, Module>> norms =
        List.of(BatchNorm1d::new, n -> new LayerNorm(n), n -> new GroupNorm(4, n));
    for (Function<Integer, Module> norm : norms) {
      try (Scope scope = Scope.open();
          Sequential network = mlp(norm);
          Adam adam = Adam.of(network.parameters(), 1e-2)) {
        Dataset data = clusters(scope, 256, 20);
        Evaluation before = Evaluation.of(network, Criterion.crossEntropy(), data, 100);
        Trainer trainer = new Trainer(network, adam, Criterion.crossEntropy());
        List<EpochResult> results = trainer.fit(Batches.shuffled(data, 32, SEED), 5);
        Evaluation after = Evaluation.of(network, Criterion.crossEntropy(), data, 100);
        assertEquals(256, results.get(4).samples());
        assertTrue(results.get(4).loss() < results.get(0).loss() / 2, "seed " + SEED + results);
        assertTrue(before.accuracy() < 0.6, before::toString);
        assertTrue(after.accuracy() > 0.95, after::toString);
        assertTrue(network.isTraining());
      }
    }
  }

  @Test
  void aConvolutionalNetworkLearns() {
    try (Scope scope = Scope.open();
        Sequential network = cnn();
        Sgd sgd = Sgd.builder(network.parameters()).learningRate(0.05).momentum(0.9).build()) {
      Dataset data = clusters(scope, 128, 1, 8, 8);
      new Trainer(network, sgd, Criterion.crossEntropy()).fit(Batches.shuffled(data, 32, SEED), 4);
      Evaluation after = Evaluation.of(network, Criterion.crossEntropy(), data, 64);
      assertTrue(after.accuracy() > 0.95, () -> "seed " + SEED + ": " + after);
    }
  }

  @Test
  void theSameSeedGivesTheSameBits() {
    assertArrayEquals(weightsAfterTraining(), weightsAfterTraining());
  }

  private static double[] weightsAfterTraining() {
    try (Scope scope = Scope.open();
        Sequential network = cnn();
        Adam adam = Adam.of(network.parameters(), 1e-2)) {
      Dataset data = clusters(scope, 64, 1, 8, 8);
      new Trainer(network, adam, Criterion.crossEntropy()).fit(Batches.shuffled(data, 16, SEED), 2);
      return network.parameters().get(0).value().toDoubleArray();
    }
  }

  @Test
  void theListenerHearsEveryBatchAndEpoch() {
    List<String> heard = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void batchDone(long epoch, int batch, int batches, double loss) {
            heard.add(epoch + ":" + batch + "/" + batches + (loss > 0));
          }

          @Override
          public void epochDone(EpochResult result) {
            heard.add("epoch " + result.epoch());
          }
        };
    try (Scope scope = Scope.open();
        Sequential network = mlp(BatchNorm1d::new);
        Sgd sgd = Sgd.of(network.parameters(), 0.1)) {
      Dataset data = clusters(scope, 32, 20);
      new Trainer(network, sgd, Criterion.crossEntropy(), listener)
          .fit(Batches.inOrder(data, 16), 1);
    }
    assertEquals(List.of("0:0/2true", "0:1/2true", "epoch 0"), heard);
  }

  @Test
  void stepsTakeNoFreshMemoryAfterTheFirstOnes() {
    try (Sequential mlp = mlp(BatchNorm1d::new);
        Sequential cnn = cnn()) {
      assertSteadyMemory(mlp, 20);
      assertSteadyMemory(cnn, 1, 8, 8);
    }
  }

  private static void assertSteadyMemory(Module network, long... dims) {
    try (Scope scope = Scope.open();
        Optimizer adam = Adam.of(network.parameters(), 1e-3)) {
      Batches batches = Batches.shuffled(clusters(scope, 160, dims), 16, SEED);
      Trainer trainer = new Trainer(network, adam, Criterion.crossEntropy());
      trainer.fit(batches, 2);
      MemoryUsage before = Panorm.memory();
      trainer.fit(batches, 20); // 200 steps
      assertEquals(before, Panorm.memory());
    }
  }
}
