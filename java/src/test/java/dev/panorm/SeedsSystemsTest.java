package dev.panorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.data.Batches;
import dev.panorm.data.Dataset;
import dev.panorm.nn.BatchNorm;
import dev.panorm.nn.BatchNorm1d;
import dev.panorm.nn.BatchNormalized;
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
import org.junit.jupiter.api.Test;
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
