package dev.panorm.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.Generator;
import dev.panorm.MemoryUsage;
import dev.panorm.Panorm;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.ops.CrossEntropySpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class ModuleTest {

  private static Sequential network(long seed) {
    Generator generator = new Generator(seed);
    return new Sequential(
        new Linear(3, 4, true, generator),
        new BatchNorm1d(4),
        new Residual(new Sequential(new Linear(4, 4, false, generator), new ReLU())));
  }

  private static double first(Module network) {
    return network.parameters().get(0).value().get(0);
  }

  @Test
  void namesAreThoseOfTheStateDict() {
    try (Sequential network = network(1)) {
      assertEquals(
          List.of(
              "0.weight",
              "0.bias",
              "1.weight",
              "1.bias",
              "1.running_mean",
              "1.running_var",
              "1.num_batches_tracked",
              "2.body.0.weight"),
          List.copyOf(network.stateDict().keySet()));
      assertEquals(
          List.of("0.weight", "0.bias", "1.weight", "1.bias", "2.body.0.weight"),
          List.copyOf(network.namedParameters().keySet()));
      assertEquals(12 + 4 + 4 + 4 + 16, network.parameterCount());
      assertEquals(7, network.modules().size());
    }
  }

  @Test
  void aStateMovesFromOneNetworkToAnother() {
    try (Sequential from = network(1);
        Sequential to = network(2);
        Tape tape = Tape.open()) {
      Variable x = Variable.of(tape.scope().ones(DType.FLOAT32, 2, 3));
      double[] expected = from.forward(x).value().toDoubleArray();
      assertNotEquals(first(to), first(from));
      to.loadStateDict(from.stateDict());
      assertEquals(
          1, Objects.requireNonNull(to.namedBuffers().get("1.num_batches_tracked")).item());
      assertArrayEquals(expected, to.forward(x).value().toDoubleArray());
    }
  }

  @Test
  void aStateThatDoesNotFitChangesNothing() {
    try (Scope scope = Scope.open();
        Linear linear = new Linear(1, 1)) {
      linear.weight().value().fill(7);
      Map<String, Tensor> state = new LinkedHashMap<>();
      state.put("weight", scope.ones(DType.FLOAT32, 1, 1));
      assertMessage(
          "loadStateDict: state lacks [bias], expected the names of stateDict",
          () -> linear.loadStateDict(state));
      state.put("bias", scope.ones(DType.FLOAT32, 2));
      assertMessage(
          "loadStateDict: bias is Tensor[2] of float32, expected shape [1] of float32",
          () -> linear.loadStateDict(state));
      state.put("bias", scope.ones(DType.INT64, 1));
      assertThrows(IllegalArgumentException.class, () -> linear.loadStateDict(state));
      state.put("bias", scope.ones(DType.FLOAT64, 1));
      state.put("extra", scope.ones(DType.FLOAT32, 1));
      assertMessage(
          "loadStateDict: state has unknown [extra], expected the names of stateDict",
          () -> linear.loadStateDict(state));
      assertEquals(7, linear.weight().value().item());
      state.remove("extra");
      linear.loadStateDict(state);
      assertEquals(1, linear.weight().value().item());
    }
  }

  @Test
  void modesReachEveryModule() {
    try (Sequential network = network(1)) {
      assertTrue(network.modules().stream().allMatch(Module::isTraining));
      network.eval();
      assertTrue(network.modules().stream().noneMatch(Module::isTraining));
      network.train();
      assertTrue(network.modules().stream().allMatch(Module::isTraining));
    }
  }

  @Test
  void convertedToFloat64EverythingButCountsIs() {
    try (Sequential network = network(1)) {
      network.to(DType.FLOAT64);
      network
          .stateDict()
          .forEach(
              (name, tensor) ->
                  assertEquals(
                      name.endsWith("tracked") ? DType.INT64 : DType.FLOAT64,
                      tensor.dtype(),
                      name));
      assertThrows(IllegalArgumentException.class, () -> network.to(DType.INT64));
    }
  }

  @Test
  void gradientsReuseTheParametersMemory() {
    try (Linear linear = new Linear(2, 2);
        Tape tape = Tape.open()) {
      Variable x = Variable.of(tape.scope().ones(DType.FLOAT32, 1, 2));
      Sums.sum(linear.forward(x)).backward();
      Tensor first = Objects.requireNonNull(linear.weight().grad());
      linear.zeroGrad();
      assertNull(linear.weight().grad());
      Sums.sum(linear.forward(x)).backward();
      assertTrue(first.sameMemory(Objects.requireNonNull(linear.weight().grad())));
      assertArrayEquals(new double[] {1, 1, 1, 1}, first.toDoubleArray());
    }
  }

  @Test
  void closingGivesAllMemoryBack() {
    MemoryUsage before = Panorm.memory();
    Sequential network = network(1);
    assertTrue(Panorm.memory().liveBytes() > before.liveBytes());
    Parameter parameter = network.parameters().get(0);
    network.to(DType.FLOAT64);
    network.close();
    assertEquals(before.liveBytes(), Panorm.memory().liveBytes());
    assertFalse(parameter.value().isAlive());
  }

  @Test
  void seedsDecideInitialWeights() {
    try (Sequential a = network(1);
        Sequential b = network(1);
        Sequential c = network(2)) {
      assertArrayEquals(
          a.parameters().get(4).value().toDoubleArray(),
          b.parameters().get(4).value().toDoubleArray());
      assertNotEquals(a.parameters().get(0).value().get(0), c.parameters().get(0).value().get(0));
    }
    Generator.manualSeed(3);
    try (Linear a = new Linear(2, 2)) {
      Generator.manualSeed(3);
      try (Linear b = new Linear(2, 2)) {
        assertEquals(a.weight().value().get(0), b.weight().value().get(0));
      }
    }
  }

  @Test
  void defaultInitialWeightsAreBoundedByTheFan() {
    try (Linear linear = new Linear(16, 8);
        Conv2d conv = Conv2d.builder(4, 2, 2).build()) {
      for (Parameter parameter : List.of(linear.weight(), conv.weight())) {
        for (double value : parameter.value().toDoubleArray()) {
          assertTrue(Math.abs(value) <= 0.25);
        }
      }
      assertEquals(Shape.of(2, 4, 2, 2), conv.weight().shape());
      assertEquals(Parameter.Role.WEIGHT, conv.weight().role());
    }
  }

  @Test
  void layersAgreeWithTheirFormulas() {
    try (Tape tape = Tape.open();
        LayerNorm layer = new LayerNorm(2);
        GroupNorm group = GroupNorm.ofGroupSize(2, 4);
        RMSNorm rms = new RMSNorm(2)) {
      for (Module module : List.of(layer, group, rms)) {
        module.to(DType.FLOAT64);
      }
      Variable x = Variable.of(tape.scope().of(new double[] {1, 3, 2, 6}, 1, 4));
      double near = 1 / Math.sqrt(1 + 1e-5);
      double far = 2 / Math.sqrt(4 + 1e-5);
      assertArrayEquals(
          new double[] {-near, near, -far, far}, group.forward(x).value().toDoubleArray(), 1e-14);
      Variable rows = Variable.of(x.value().view(2, 2));
      assertArrayEquals(
          new double[] {-near, near, -far, far},
          layer.forward(rows).value().toDoubleArray(),
          1e-14);
      double r = 1 / Math.sqrt(5 + 0x1p-52);
      assertEquals(3 * r, rms.forward(rows).value().get(1), 1e-15);
      assertEquals(
          Shape.of(1, 4), new Flatten().forward(Variable.of(x.value().view(1, 2, 2))).shape());
    }
  }

  @Test
  void lossesAgreeWithTheirFormulas() {
    try (Tape tape = Tape.open()) {
      Variable logits = Variable.of(tape.scope().of(new double[] {0, 0, 0, Math.log(3)}, 2, 2));
      Tensor target = tape.scope().of(new long[] {0, 1});
      double expected = (Math.log(2) + Math.log(4.0 / 3)) / 2;
      assertEquals(expected, new CrossEntropyLoss().forward(logits, target).item(), 1e-15);
      CrossEntropyLoss smoothed =
          new CrossEntropyLoss(CrossEntropySpec.DEFAULT.withLabelSmoothing(1), null);
      assertEquals(
          (Math.log(2) + (Math.log(4) + Math.log(4.0 / 3)) / 2) / 2,
          smoothed.forward(logits, target).item(),
          1e-15);
      Tensor zeros = tape.scope().zeros(DType.FLOAT64, 2, 2);
      assertEquals(
          Math.log(3) * Math.log(3) / 4, new MSELoss().forward(logits, zeros).item(), 1e-15);
    }
  }

  @Test
  void wrongOptionsAreRefused() {
    assertMessage(
        "groupNorm: numChannels is 4, expected a multiple of numGroups, 3",
        () -> new GroupNorm(3, 4).close());
    assertMessage(
        "groupNorm: groups is -1, expected 1 or more", () -> new GroupNorm(-1, 4).close());
    assertMessage(
        "groupNorm: groupSize is 0, expected a divisor of numChannels, 4",
        () -> GroupNorm.ofGroupSize(0, 4).close());
    assertMessage("linear: inFeatures is 0, expected 1 or more", () -> new Linear(0, 4).close());
    assertMessage(
        "conv2d: groups is 3, expected a divisor of 4 and 6",
        () -> Conv2d.builder(4, 6, 1).groups(3).build().close());
    try (Tape tape = Tape.open();
        GroupNorm norm = new GroupNorm(2, 4)) {
      Variable three = Variable.of(tape.scope().ones(DType.FLOAT32, 2, 6, 3));
      assertMessage(
          "groupNorm: x has 6 channels in shape [2, 6, 3], expected 4", () -> norm.forward(three));
    }
  }

  private static void assertMessage(String message, Executable run) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, run).getMessage());
  }
}
