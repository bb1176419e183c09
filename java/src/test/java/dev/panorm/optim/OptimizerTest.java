package dev.panorm.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.Variable;
import dev.panorm.nn.BatchNorm1d;
import dev.panorm.nn.Linear;
import dev.panorm.nn.Module;
import dev.panorm.nn.Parameter;
import dev.panorm.nn.Parameter.Role;
import dev.panorm.nn.Sequential;
import dev.panorm.testkit.Golden;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

final class OptimizerTest {

  /** A module of one parameter. */
  private static final class Weight extends Module {

    private final Parameter parameter;

    Weight(DType dtype, double... values) {
      parameter = register("weight", new Parameter(Role.WEIGHT, values.length));
      to(dtype);
      parameter.value().copyFrom(values);
    }

    Weight(Tensor value) {
      parameter = register("weight", new Parameter(Role.WEIGHT, value.shape().dims()));
      to(value.dtype());
      parameter.value().copyFrom(value);
    }

    List<Parameter> all() {
      return List.of(parameter);
    }

    @Override
    public Variable forward(Variable x) {
      return parameter;
    }
  }

  private static Stream<DynamicTest> goldens(
      String op, BiFunction<Golden, List<Parameter>, Optimizer> optimizer) {
    return Golden.files(op).stream()
        .flatMap(
            path ->
                Stream.of(DType.FLOAT32, DType.FLOAT64)
                    .map(
                        dtype ->
                            DynamicTest.dynamicTest(
                                path.getFileName() + " " + dtype,
                                () -> replay(path, dtype, optimizer))));
  }

  private static void replay(
      Path path, DType dtype, BiFunction<Golden, List<Parameter>, Optimizer> optimizer) {
    try (Golden golden = Golden.open(path, dtype);
        Weight weight = new Weight(golden.input("param"));
        Optimizer steps = optimizer.apply(golden, weight.all())) {
      Tensor gradients = golden.input("grads");
      for (long i = 0; i < gradients.dim(0); i++) {
        steps.zeroGrad();
        weight.parameter.backward(gradients.slice(i, i + 1).view(weight.parameter.shape()));
        steps.step();
        golden.checkRow("param_after", i, weight.parameter.value());
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> sgd() {
    return goldens(
        "sgd",
        (golden, parameters) ->
            Sgd.builder(parameters)
                .learningRate(golden.number("lr"))
                .momentum(golden.number("momentum"))
                .dampening(golden.number("dampening"))
                .nesterov(golden.flag("nesterov"))
                .weightDecay(golden.number("weight_decay"))
                .build());
  }

  @TestFactory
  Stream<DynamicTest> adam() {
    return goldens("adam", (golden, parameters) -> adam(golden, Adam.builder(parameters)));
  }

  @TestFactory
  Stream<DynamicTest> adamW() {
    return goldens("adamw", (golden, parameters) -> adam(golden, Adam.adamW(parameters)));
  }

  private static Adam adam(Golden golden, Adam.Builder builder) {
    return builder
        .learningRate(golden.number("lr"))
        .betas(golden.number("beta1"), golden.number("beta2"))
        .eps(golden.number("eps"))
        .weightDecay(golden.number("weight_decay"))
        .amsgrad(golden.flag("amsgrad"))
        .build();
  }

  @TestFactory
  Stream<DynamicTest> rmsprop() {
    return goldens(
        "rmsprop",
        (golden, parameters) ->
            RMSprop.builder(parameters)
                .learningRate(golden.number("lr"))
                .alpha(golden.number("alpha"))
                .eps(golden.number("eps"))
                .momentum(golden.number("momentum"))
                .centered(golden.flag("centered"))
                .weightDecay(golden.number("weight_decay"))
                .build());
  }

  @TestFactory
  Stream<DynamicTest> adagrad() {
    return goldens(
        "adagrad",
        (golden, parameters) ->
            Adagrad.builder(parameters)
                .learningRate(golden.number("lr"))
                .learningRateDecay(golden.number("lr_decay"))
                .initialAccumulator(golden.number("initial_accumulator_value"))
                .eps(golden.number("eps"))
                .weightDecay(golden.number("weight_decay"))
                .build());
  }

  @Test
  void learningRateMayChangeBetweenSteps() {
    try (Scope scope = Scope.open();
        Weight weight = new Weight(DType.FLOAT64, 1, 2);
        Sgd sgd = Sgd.of(weight.all(), 0.5)) {
      Tensor gradient = scope.of(new double[] {1, -1});
      weight.parameter.backward(gradient);
      sgd.step();
      assertArrayEquals(new double[] {0.5, 2.5}, weight.parameter.value().toDoubleArray());
      sgd.setLearningRate(0.25);
      sgd.step();
      assertArrayEquals(new double[] {0.25, 2.75}, weight.parameter.value().toDoubleArray());
      assertEquals(0.25, sgd.learningRate());
      sgd.zeroGrad();
      assertNull(weight.parameter.grad());
      sgd.step();
      assertArrayEquals(new double[] {0.25, 2.75}, weight.parameter.value().toDoubleArray());
    }
  }

  @Test
  void oneCallKeepsNormsAndBiasesFromDecay() {
    try (Scope scope = Scope.open();
        Sequential network = new Sequential(new Linear(2, 3), new BatchNorm1d(3))) {
      List<ParameterGroup> groups = ParameterGroup.decayWeightsOnly(network.parameters());
      try (Sgd sgd =
          Sgd.builder(List.of()).groups(groups).learningRate(0.5).weightDecay(0.5).build()) {
        for (Parameter parameter : network.parameters()) {
          parameter.value().fill(1);
          parameter.backward(scope.zeros(DType.FLOAT32, parameter.shape()));
        }
        sgd.step();
        network
            .namedParameters()
            .forEach(
                (name, parameter) ->
                    assertEquals(
                        name.equals("0.weight") ? 0.75 : 1, parameter.value().get(0), name));
      }
    }
  }

  @Test
  void aGroupMayHaveItsOwnLearningRate() {
    try (Scope scope = Scope.open();
        Weight weight = new Weight(DType.FLOAT64, 1);
        Sgd sgd =
            Sgd.builder(List.of())
                .groups(List.of(new ParameterGroup(weight.all(), 0.1, 1)))
                .learningRate(1)
                .build()) {
      weight.parameter.backward(scope.of(new double[] {1}));
      sgd.step();
      assertEquals(0.9, weight.parameter.value().item(), 1e-15);
    }
  }

  @Test
  void frozenParametersStay() {
    try (Weight weight = new Weight(DType.FLOAT64, 1);
        Sgd sgd = Sgd.of(weight.all(), 1)) {
      weight.parameter.setTrainable(false);
      sgd.step();
      assertEquals(1, weight.parameter.value().item());
    }
  }

  @Test
  void wrongOptionsAreRefused() {
    try (Weight weight = new Weight(DType.FLOAT32, 1)) {
      List<Parameter> one = weight.all();
      assertMessage("sgd: learningRate is -1.0, expected 0 or more", () -> Sgd.of(one, -1));
      assertMessage(
          "adam: learningRate is NaN, expected 0 or more", () -> Adam.of(one, Double.NaN));
      assertMessage(
          "adam: beta1 is 1.0, expected 0 or more and below 1",
          () -> Adam.builder(one).betas(1, 0.9));
      assertMessage("adam: eps is -1.0, expected 0 or more", () -> Adam.builder(one).eps(-1));
      assertMessage(
          "rmsprop: weightDecay is -1.0, expected 0 or more",
          () -> RMSprop.builder(one).weightDecay(-1));
      assertMessage(
          "sgd: nesterov is true with momentum 0.0 and dampening 0.0, expected a momentum above 0"
              + " and no dampening with it",
          () -> Sgd.builder(one).nesterov(true).build());
      assertMessage(
          "adagrad: parameters is empty, expected one parameter or more",
          () -> Adagrad.of(List.of(), 1));
      assertMessage(
          "sgd: parameters is twice Variable[1] of float32, requires grad, expected each once",
          () -> Sgd.of(List.of(weight.parameter, weight.parameter), 1));
    }
  }

  private static void assertMessage(String message, Executable run) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, run).getMessage());
  }
}
