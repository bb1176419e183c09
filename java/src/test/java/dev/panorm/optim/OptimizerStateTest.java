package dev.panorm.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.Generator;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.io.SafeTensors;
import dev.panorm.nn.BatchNorm1d;
import dev.panorm.nn.Linear;
import dev.panorm.nn.Parameter;
import dev.panorm.nn.Sequential;
import dev.panorm.train.Criterion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** States of optimizers: a training that is saved and resumed is one without interruption. */
final class OptimizerStateTest {

  private static final long SEED = 77;

  /** Makes an optimizer. */
  record Maker(String name, Function<List<Parameter>, Optimizer> make) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Maker> optimizers() {
    return Stream.of(
        new Maker("sgd", p -> Sgd.of(p, 0.1)),
        new Maker(
            "momentum", p -> Sgd.builder(p).learningRate(0.1).momentum(0.9).dampening(0.3).build()),
        new Maker("adam", p -> Adam.of(p, 0.05)),
        new Maker("amsgrad", p -> Adam.builder(p).learningRate(0.05).amsgrad(true).build()),
        new Maker("adamW", p -> Adam.adamW(p).learningRate(0.05).build()),
        new Maker(
            "rmsprop",
            p -> RMSprop.builder(p).learningRate(0.01).momentum(0.9).centered(true).build()),
        new Maker("adagrad", p -> Adagrad.builder(p).learningRateDecay(0.1).build()));
  }

  private static Sequential network() {
    return new Sequential(
        new Linear(4, 5, true, new Generator(SEED)),
        new BatchNorm1d(5),
        new Linear(5, 3, true, new Generator(SEED + 1)));
  }

  /** A network in training with a rate that falls; closed, nothing of it is left. */
  private static final class Training implements AutoCloseable {

    final Sequential network = network();
    final Optimizer optimizer;
    final LrScheduler scheduler;

    Training(Maker maker) {
      optimizer = maker.make().apply(network.parameters());
      scheduler = new LrScheduler(optimizer, LrSchedule.step(2, 0.5));
    }

    /** Each step has data of its own; the scale of the norm joins at step 4. */
    void train(long first, long last) {
      for (long step = first; step < last; step++) {
        scheduler.goTo(step);
        step(step);
      }
    }

    void step(long step) {
      Objects.requireNonNull(network.namedParameters().get("1.weight")).setTrainable(step >= 4);
      try (Tape tape = Tape.open()) {
        Tensor x = tape.scope().empty(DType.FLOAT32, 6, 4);
        new RandomStream(SEED, step).fillNormal(x, 0, 1);
        Tensor targets = tape.scope().empty(DType.INT64, 6);
        targets.fill(i -> i % 3);
        Variable output = network.forward(Variable.of(x));
        optimizer.zeroGrad();
        Criterion.crossEntropy().loss(output, targets).backward();
        optimizer.step();
      }
    }

    double[] values() {
      return network.stateDict().values().stream()
          .flatMapToDouble(tensor -> Arrays.stream(tensor.toDoubleArray()))
          .toArray();
    }

    @Override
    public void close() {
      optimizer.close();
      network.close();
    }
  }

  /** Saved in files after step 3, read by fresh objects, and trained to step 7. */
  @ParameterizedTest
  @MethodSource("optimizers")
  void aResumedTrainingIsAnUninterruptedOne(Maker maker, @TempDir Path folder) throws IOException {
    Path weights = folder.resolve("weights.safetensors");
    Path state = folder.resolve("optimizer.safetensors");
    try (Training whole = new Training(maker);
        Training resumed = new Training(maker);
        Scope scope = Scope.open()) {
      whole.train(0, 3);
      double rate = whole.optimizer.learningRate();
      SafeTensors.write(weights, whole.network.stateDict(), Map.of());
      SafeTensors.write(state, whole.optimizer.stateDict(scope), Map.of());
      whole.train(3, 7);

      resumed.network.loadStateDict(load(weights, scope));
      resumed.optimizer.loadStateDict(load(state, scope));
      assertEquals(rate, resumed.optimizer.learningRate());
      resumed.train(3, 7);
      assertArrayEquals(whole.values(), resumed.values(), "seed " + SEED);
    }
  }

  private static Map<String, Tensor> load(Path file, Scope scope) throws IOException {
    try (SafeTensors tensors = SafeTensors.open(file)) {
      Map<String, Tensor> loaded = new LinkedHashMap<>();
      for (String name : tensors.names()) {
        loaded.put(name, tensors.load(name, scope));
      }
      return loaded;
    }
  }

  @Test
  void namesAreThoseOfPytorch() {
    Maker maker = new Maker("amsgrad", p -> Adam.builder(p).amsgrad(true).build());
    try (Training training = new Training(maker);
        Scope scope = Scope.open()) {
      assertEquals(Set.of("learning_rate"), training.optimizer.stateDict(scope).keySet());
      training.train(0, 2);
      Map<String, Tensor> state = training.optimizer.stateDict(scope);
      assertEquals(
          List.of("0.step", "0.exp_avg", "0.exp_avg_sq", "0.max_exp_avg_sq"),
          state.keySet().stream().filter(name -> name.startsWith("0.")).toList());
      assertEquals(1 + 5 * 4, state.size()); // the scale of the norm has not moved
      assertEquals(2, Objects.requireNonNull(state.get("0.step")).item());
      assertEquals(Shape.of(5, 4), Objects.requireNonNull(state.get("0.exp_avg")).shape());
    }
  }

  /** A state may come back to the optimizer that it came from. */
  @Test
  void itsOwnStateChangesNothing() {
    Maker maker = new Maker("adam", p -> Adam.of(p, 0.05));
    try (Training one = new Training(maker);
        Training other = new Training(maker);
        Scope scope = Scope.open()) {
      one.train(0, 2);
      one.optimizer.loadStateDict(one.optimizer.stateDict(scope));
      one.train(2, 4);
      other.train(0, 4);
      assertArrayEquals(other.values(), one.values());
    }
  }

  @Test
  void aStateThatDoesNotFitChangesNothing() {
    Maker maker = new Maker("adam", p -> Adam.of(p, 0.05));
    try (Training one = new Training(maker);
        Training other = new Training(maker);
        Scope scope = Scope.open()) {
      one.train(0, 2);
      other.train(0, 2);
      Map<String, Tensor> good = one.optimizer.stateDict(scope);
      Map<String, Tensor> lacking = new LinkedHashMap<>(good);
      lacking.remove("0.exp_avg_sq");
      assertRefused(one, lacking, "expected 0.exp_avg_sq among the names");
      assertRefused(one, with(good, "9.step", scope.of(new long[] {1})), "with unknown [9.step]");
      assertRefused(
          one,
          with(good, "1.exp_avg", scope.zeros(DType.FLOAT32, 4)),
          "1.exp_avg is Tensor[4] of float32, expected floating point of shape [5]");
      assertRefused(
          one,
          with(good, "0.step", scope.full(0, DType.INT64, Shape.of())),
          "0.step is 0, expected 1 or more");
      assertRefused(
          one,
          with(good, "0.step", scope.full(3, DType.FLOAT32, Shape.of())),
          "expected one number of int64");
      assertRefused(
          one,
          with(good, "learning_rate", scope.full(-1, DType.FLOAT64, Shape.of())),
          "learningRate is -1.0, expected 0 or more");
      one.train(2, 4);
      other.train(2, 4);
      assertArrayEquals(other.values(), one.values());
      assertThrows(IllegalArgumentException.class, () -> one.scheduler.goTo(-1));
    }
  }

  private static Map<String, Tensor> with(Map<String, Tensor> state, String name, Tensor tensor) {
    Map<String, Tensor> changed = new LinkedHashMap<>(state);
    changed.put(name, tensor);
    return changed;
  }

  private static void assertRefused(Training training, Map<String, Tensor> state, String part) {
    IllegalArgumentException thrown =
        assertThrows(IllegalArgumentException.class, () -> training.optimizer.loadStateDict(state));
    String message = Objects.requireNonNull(thrown.getMessage());
    assertTrue(message.startsWith("adam: ") && message.contains(part), message);
  }

  /** A rate that falls on plateaus and an average of the weights belong to a training as well. */
  @Test
  void aResumedPlateauAndAverageAreUninterruptedOnes(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("state.safetensors");
    Maker maker =
        new Maker("momentum", p -> Sgd.builder(p).learningRate(0.1).momentum(0.9).build());
    double[] metrics = {3, 2, 2.5, 2.1, 2.2, 1.9, 2, 2, 2, 1.5};
    try (Training whole = new Training(maker);
        Training resumed = new Training(maker);
        WeightAverage average = new WeightAverage(whole.network.parameters(), 0.9);
        WeightAverage resumedAverage = new WeightAverage(resumed.network.parameters(), 0.9);
        Scope scope = Scope.open()) {
      PlateauScheduler plateau = new PlateauScheduler(whole.optimizer, 0.5, 1, 1e-4);
      train(whole, plateau, average, metrics, 0, 4);
      Map<String, Tensor> saved = new LinkedHashMap<>();
      whole.network.stateDict().forEach((name, tensor) -> saved.put("network." + name, tensor));
      whole.optimizer.stateDict(scope).forEach((name, t) -> saved.put("optimizer." + name, t));
      plateau.stateDict(scope).forEach((name, tensor) -> saved.put("plateau." + name, tensor));
      average.stateDict().forEach((name, tensor) -> saved.put("average." + name, tensor));
      SafeTensors.write(file, saved, Map.of());
      train(whole, plateau, average, metrics, 4, 10);

      Map<String, Tensor> read = load(file, scope);
      PlateauScheduler resumedPlateau = new PlateauScheduler(resumed.optimizer, 0.5, 1, 1e-4);
      resumed.network.loadStateDict(part(read, "network."));
      resumed.optimizer.loadStateDict(part(read, "optimizer."));
      resumedPlateau.loadStateDict(part(read, "plateau."));
      resumedAverage.loadStateDict(part(read, "average."));
      train(resumed, resumedPlateau, resumedAverage, metrics, 4, 10);
      assertEquals(0.1 / 4, whole.optimizer.learningRate());
      assertEquals(whole.optimizer.learningRate(), resumed.optimizer.learningRate());
      assertArrayEquals(whole.values(), resumed.values(), "seed " + SEED);
      average.swap();
      resumedAverage.swap();
      assertArrayEquals(whole.values(), resumed.values(), "averages, seed " + SEED);
    }
  }

  private static void train(
      Training training,
      PlateauScheduler plateau,
      WeightAverage average,
      double[] metrics,
      int first,
      int last) {
    for (int step = first; step < last; step++) {
      training.step(step);
      average.update();
      plateau.step(metrics[step]);
    }
  }

  private static Map<String, Tensor> part(Map<String, Tensor> state, String prefix) {
    Map<String, Tensor> part = new LinkedHashMap<>();
    state.forEach(
        (name, tensor) -> {
          if (name.startsWith(prefix)) {
            part.put(name.substring(prefix.length()), tensor);
          }
        });
    return part;
  }

  @Test
  void aPlateauOrAverageRefusesWhatDoesNotFit() {
    Maker maker = new Maker("sgd", p -> Sgd.of(p, 0.1));
    try (Training training = new Training(maker);
        WeightAverage average = new WeightAverage(training.network.parameters(), 0.9);
        Scope scope = Scope.open()) {
      PlateauScheduler plateau = new PlateauScheduler(training.optimizer, 0.5, 1, 0);
      Map<String, Tensor> state = plateau.stateDict(scope);
      assertMessage(
          "plateau: num_bad_epochs is 2, expected 0 to the patience, 1",
          () ->
              plateau.loadStateDict(
                  with(state, "num_bad_epochs", scope.full(2, DType.INT64, Shape.of()))));
      assertMessage(
          "plateau: best is NaN, expected a number",
          () ->
              plateau.loadStateDict(
                  with(state, "best", scope.full(Double.NaN, DType.FLOAT64, Shape.of()))));
      double[] before = Objects.requireNonNull(average.stateDict().get("0")).toDoubleArray();
      Map<String, Tensor> wrong =
          with(average.stateDict(), "5", scope.zeros(DType.FLOAT32, 2)); // the last one
      wrong.put("0", scope.ones(DType.FLOAT32, 5, 4));
      assertMessage(
          "average: 5 is Tensor[2] of float32, expected floating point of shape [3]",
          () -> average.loadStateDict(wrong));
      assertArrayEquals(
          before, Objects.requireNonNull(average.stateDict().get("0")).toDoubleArray());
    }
  }

  private static void assertMessage(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
