package dev.panorm.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.panorm.DType;
import dev.panorm.Generator;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.testkit.Golden;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

final class FoldTest {

  @TestFactory
  Stream<DynamicTest> linearGoldens() {
    return goldens("linear_bn_fold", FoldTest::linear);
  }

  @TestFactory
  Stream<DynamicTest> convolutionGoldens() {
    return goldens("conv2d_bn_fold", FoldTest::conv);
  }

  /** A check of one golden case. */
  private interface Body {
    void check(Golden golden, DType dtype);
  }

  private static Stream<DynamicTest> goldens(String op, Body body) {
    return Golden.files(op).stream()
        .flatMap(
            path ->
                Stream.of(DType.FLOAT32, DType.FLOAT64)
                    .map(
                        dtype ->
                            DynamicTest.dynamicTest(
                                path.getFileName() + " " + dtype,
                                () -> {
                                  try (Golden golden = Golden.open(path, dtype)) {
                                    body.check(golden, dtype);
                                  }
                                })));
  }

  private static void linear(Golden golden, DType dtype) {
    Tensor weight = golden.input("weight");
    Tensor bias = golden.optional("bias");
    try (Linear layer = new Linear(weight.dim(1), weight.dim(0), bias != null, new Generator(1));
        BatchNorm1d norm = BatchNorm1d.builder(weight.dim(0)).build()) {
      fill(golden, dtype, layer, norm, bias);
      try (Linear folded = Fold.batchNorm(layer, norm)) {
        compare(golden, folded, folded.weight(), folded.bias());
      }
    }
  }

  private static void conv(Golden golden, DType dtype) {
    Tensor weight = golden.input("weight");
    Tensor bias = golden.optional("bias");
    long groups = (long) golden.number("groups");
    try (Conv2d layer =
            Conv2d.builder(weight.dim(1) * groups, weight.dim(0), weight.dim(2))
                .stride(golden.pair("stride")[0])
                .padding(golden.pair("padding")[0])
                .groups(groups)
                .bias(bias != null)
                .build();
        BatchNorm2d norm = BatchNorm2d.builder(weight.dim(0)).build()) {
      fill(golden, dtype, layer, norm, bias);
      try (Conv2d folded = Fold.batchNorm(layer, norm)) {
        compare(golden, folded, folded.weight(), folded.bias());
      }
    }
  }

  private static void fill(
      Golden golden, DType dtype, Module layer, BatchNorm norm, @Nullable Tensor bias) {
    layer.to(dtype);
    norm.to(dtype);
    state(layer, "weight").copyFrom(golden.input("weight"));
    if (bias != null) {
      state(layer, "bias").copyFrom(bias);
    }
    state(norm, "running_mean").copyFrom(golden.input("running_mean"));
    state(norm, "running_var").copyFrom(golden.input("running_var"));
    if (golden.flag("affine")) {
      state(norm, "weight").copyFrom(golden.input("bn_weight"));
      state(norm, "bias").copyFrom(golden.input("bn_bias"));
    }
  }

  private static Tensor state(Module module, String name) {
    return Objects.requireNonNull(module.stateDict().get(name));
  }

  private static void compare(
      Golden golden, Module folded, Parameter weight, @Nullable Parameter bias) {
    golden.check("folded_weight", weight.value());
    golden.check("folded_bias", Objects.requireNonNull(bias).value());
    try (Tape _ = Tape.open()) {
      golden.check("y", folded.forward(Variable.of(golden.input("x"))).value());
    }
  }

  @Test
  void aFoldedNetworkIsTheFrozenNetwork() {
    Generator generator = new Generator(3);
    try (Scope scope = Scope.open();
        Sequential network =
            new Sequential(
                Conv2d.builder(2, 3, 3).padding(1).generator(generator).build(),
                new BatchNorm2d(3),
                new ReLU(),
                new Flatten(),
                new Linear(3 * 16, 4, false, generator),
                new BatchNorm1d(4),
                new BatchNorm1d(4))) {
      network.to(DType.FLOAT64);
      Tensor x = scope.empty(DType.FLOAT64, 5, 2, 4, 4);
      new RandomStream(3, 99).fillNormal(x, 1, 2);
      for (int i = 0; i < 3; i++) {
        run(network, x);
      }
      network.eval();
      double[] expected = run(network, x);
      assertEquals(2, Fold.batchNorms(network));
      assertArrayEquals(expected, run(network, x), 1e-12);
      assertInstanceOf(Identity.class, network.children().get("1"));
      assertInstanceOf(BatchNorm1d.class, network.children().get("6"));
    }
  }

  private static double[] run(Module network, Tensor x) {
    try (Tape _ = Tape.open()) {
      return network.forward(Variable.of(x)).value().toDoubleArray();
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    try (Linear linear = new Linear(2, 3);
        BatchNorm1d two = new BatchNorm1d(2);
        BatchNorm1d untracked = BatchNorm1d.builder(3).trackRunningStats(false).build()) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> Fold.batchNorm(linear, two).close());
      assertEquals("fold: numFeatures is 2, expected the layer's outputs, 3", e.getMessage());
      assertThrows(IllegalStateException.class, () -> Fold.batchNorm(linear, untracked).close());
    }
  }
}
