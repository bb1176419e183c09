package dev.panorm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.distributed.SyncBatchNorm;
import dev.panorm.distributed.Workers;
import dev.panorm.io.SafeTensors;
import dev.panorm.nn.BatchNorm1d;
import dev.panorm.nn.BatchNormPerActivation;
import dev.panorm.nn.BatchRenorm;
import dev.panorm.nn.GhostBatchNorm;
import dev.panorm.nn.GroupNorm;
import dev.panorm.nn.InstanceNorm1d;
import dev.panorm.nn.LayerNorm;
import dev.panorm.nn.Linear;
import dev.panorm.nn.MaskedBatchNorm;
import dev.panorm.nn.Module;
import dev.panorm.nn.Parameter;
import dev.panorm.nn.RMSNorm;
import dev.panorm.nn.RecurrentBatchNorm;
import dev.panorm.nn.RunningStat;
import dev.panorm.nn.SpectralNorm;
import dev.panorm.nn.WeightNorm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every module with a state, saved in a file after two batches and loaded into a fresh one. */
final class SavedModulesTest {

  private static final long SEED = 12;

  /**
   * A module of data [6, 4, 3].
   *
   * @param buffers number of tensors that are saved beside the parameters
   */
  record Case(String name, int buffers, Supplier<Module> make) {
    @Override
    public String toString() {
      return name;
    }
  }

  /** A worker without fellows. */
  private record Alone() implements Workers {
    @Override
    public int rank() {
      return 0;
    }

    @Override
    public int count() {
      return 1;
    }

    @Override
    public List<double[]> allGather(double... mine) {
      return List.of(mine);
    }
  }

  static Stream<Case> modules() {
    return Stream.of(
        new Case("BatchNorm", 3, () -> new BatchNorm1d(4)),
        new Case(
            "BatchNorm of deviations",
            3,
            () -> BatchNorm1d.builder(4).runningStat(RunningStat.STD).cumulative().build()),
        new Case("BatchNormPerActivation", 3, () -> new BatchNormPerActivation(4, 3)),
        new Case("BatchRenorm", 3, () -> limited(new BatchRenorm(new BatchNorm1d(4)))),
        new Case("GhostBatchNorm", 3, () -> new GhostBatchNorm(new BatchNorm1d(4), 3)),
        new Case("MaskedBatchNorm", 3, () -> new MaskedBatchNorm(new BatchNorm1d(4))),
        new Case("RecurrentBatchNorm", 6, () -> new RecurrentBatchNorm(4, 2)),
        new Case("SyncBatchNorm", 3, () -> new SyncBatchNorm(new BatchNorm1d(4), new Alone())),
        new Case(
            "InstanceNorm",
            3,
            () -> InstanceNorm1d.builder(4).affine(true).trackRunningStats(true).build()),
        new Case("LayerNorm", 0, () -> new LayerNorm(4, 3)),
        new Case("LayerNormOverAxes", 0, () -> LayerNorm.overAxes(1)),
        new Case("GroupNorm", 0, () -> new GroupNorm(2, 4)),
        new Case("RMSNorm", 0, () -> new RMSNorm(3)),
        new Case("WeightNorm", 0, () -> new WeightNorm(new Linear(3, 5))),
        new Case("SpectralNorm", 2, () -> new SpectralNorm(new Linear(3, 5), new Generator(SEED))));
  }

  private static BatchRenorm limited(BatchRenorm norm) {
    norm.setLimits(3, 5);
    return norm;
  }

  @ParameterizedTest
  @MethodSource("modules")
  void whatIsLoadedGoesOnAsWhatWasSaved(Case which, @TempDir Path folder) throws IOException {
    Path file = folder.resolve("module.safetensors");
    try (Module saved = which.make().get();
        Module loaded = which.make().get();
        Scope scope = Scope.open()) {
      long stream = 100;
      for (Parameter parameter : saved.parameters()) {
        new RandomStream(SEED, stream++).fillUniform(parameter.value(), 0.5, 2);
      }
      forward(saved, 1);
      forward(saved, 2);
      assertEquals(
          saved.namedParameters().size() + which.buffers(),
          saved.stateDict().size(),
          () -> saved.stateDict().keySet().toString());
      SafeTensors.write(file, saved.stateDict(), Map.of());
      loaded.loadStateDict(load(file, scope));

      restart(saved, loaded);
      assertArrayEquals(forward(saved, 3), forward(loaded, 3), "in training");
      assertSameState(saved, loaded);
      saved.eval();
      loaded.eval();
      restart(saved, loaded);
      assertArrayEquals(forward(saved, 4), forward(loaded, 4), "in evaluation");
      assertSameState(saved, loaded);
    }
  }

  /** Which step comes next is not part of what is saved. */
  private static void restart(Module... modules) {
    for (Module module : modules) {
      if (module instanceof RecurrentBatchNorm steps) {
        steps.restart();
      }
    }
  }

  private static double[] forward(Module module, long stream) {
    try (Tape tape = Tape.open()) {
      Tensor x = tape.scope().empty(DType.FLOAT32, 6, 4, 3);
      new RandomStream(SEED, stream).fillNormal(x, 1, 2);
      return module.forward(Variable.of(x)).value().toDoubleArray();
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

  private static void assertSameState(Module saved, Module loaded) {
    Map<String, Tensor> expected = saved.stateDict();
    Map<String, Tensor> got = loaded.stateDict();
    assertEquals(Set.copyOf(expected.keySet()), Set.copyOf(got.keySet()));
    expected.forEach(
        (name, tensor) -> {
          Tensor other = got.getOrDefault(name, tensor);
          assertArrayEquals(tensor.toDoubleArray(), other.toDoubleArray(), name);
        });
  }
}
