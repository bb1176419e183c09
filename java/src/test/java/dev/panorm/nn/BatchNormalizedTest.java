package dev.panorm.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.Generator;
import dev.panorm.Layout;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class BatchNormalizedTest {

  private static final long SEED = 12;

  private static Linear linear(long in, long out) {
    return new Linear(in, out, true, new Generator(SEED));
  }

  private static double[] run(Module network, Tensor x) {
    try (Tape _ = Tape.open()) {
      return network.forward(Variable.of(x)).value().toDoubleArray();
    }
  }

  private static Tensor normal(Scope scope, long... dims) {
    Tensor x = scope.empty(DType.FLOAT32, dims);
    new RandomStream(SEED, 1).fillNormal(x, 1, 2);
    return x;
  }

  @Test
  void convolutionsGetTheirOwnKindAndLayout() {
    Conv2d conv = Conv2d.builder(3, 4, 1).layout(Layout.NHWC).build();
    try (Sequential network =
        BatchNormalized.convert(new Sequential(conv, new ReLU(), new MaxPool2d(1)), 2)) {
      BatchNorm2d norm = assertInstanceOf(BatchNorm2d.class, network.children().get("3"));
      assertEquals(4, norm.numFeatures());
      assertEquals(Layout.NHWC, norm.spec().layout());
      assertSame(conv, network.children().get("0"));
    }
  }

  @Test
  void typeAndModeAreTheNetworks() {
    try (Sequential plain = new Sequential(linear(3, 2))) {
      plain.to(DType.FLOAT64);
      plain.eval();
      Sequential network = BatchNormalized.convert(plain, 0);
      assertFalse(network.isTraining());
      assertFalse(network.modules().getLast().isTraining());
      network.parameters().forEach(p -> assertEquals(DType.FLOAT64, p.dtype()));
      network.close();
    }
  }

  /** A norm behind an activation cannot be folded and stays, frozen. */
  @Test
  void whatCannotBeFoldedIsFrozen() {
    try (Scope scope = Scope.open();
        Sequential network =
            BatchNormalized.convert(
                new Sequential(linear(3, 4), new ReLU(), new Dropout(0.5, new Generator(1))), 1)) {
      Tensor x = normal(scope, 16, 3);
      run(network, x);
      network.eval();
      double[] expected = run(network, x);
      assertEquals(0, BatchNormalized.toInference(network));
      network.train();
      assertFalse(network.isTraining());
      BatchNorm1d norm = assertInstanceOf(BatchNorm1d.class, network.children().get("2"));
      assertTrue(norm.isFrozen());
      long batches = norm.numBatchesTracked();
      assertArrayEquals(expected, run(network, x));
      assertEquals(batches, norm.numBatchesTracked());
    }
  }

  @Test
  void chainsInsideAreFoldedToo() {
    try (Scope scope = Scope.open();
        Sequential network =
            new Sequential(
                new Residual(new Sequential(linear(3, 3), new BatchNorm1d(3))), new ReLU())) {
      Tensor x = normal(scope, 16, 3);
      run(network, x);
      network.eval();
      double[] expected = run(network, x);
      assertEquals(1, BatchNormalized.toInference(network));
      // 3 products below 30 together, folded in float32: 2 · 6 · 2^−24 · 30.
      assertArrayEquals(expected, run(network, x), 2.2e-5, "seed " + SEED);
    }
  }

  @Test
  void noGradientReachesAFrozenModule() {
    try (Scope scope = Scope.open();
        Sequential network = new Sequential(linear(3, 2), new BatchNorm1d(2));
        Tape _ = Tape.open()) {
      network.freeze();
      Variable x = Variable.leaf(normal(scope, 4, 3));
      Sums.sum(network.forward(x)).backward();
      network.parameters().forEach(p -> assertEquals(null, p.grad()));
      assertTrue(x.grad() != null && Arrays.stream(x.grad().toDoubleArray()).anyMatch(g -> g != 0));
    }
  }

  @Test
  void badPlacesAreNamed() {
    try (Sequential network = new Sequential(new ReLU(), linear(3, 2), new Flatten())) {
      refused(network, "convert: at is 3, expected 0 to 2", 3);
      refused(network, "convert: at is -1, expected 0 to 2", -1);
      refused(network, "convert: at is twice 1, expected each once", 1, 1);
      refused(
          network, "convert: at is 0, before any Linear or Conv2d, expected a place behind one", 0);
      refused(
          network,
          "convert: at is 2, whose channels Flatten at 2 hides, expected a place behind Linear or"
              + " Conv2d",
          2);
    }
  }

  private static void refused(Sequential network, String message, int... at) {
    assertEquals(
        message,
        assertThrows(IllegalArgumentException.class, () -> BatchNormalized.convert(network, at))
            .getMessage());
  }

  @Test
  void withoutRunningStatisticsThereIsNoInferenceForm() {
    try (Sequential network =
        new Sequential(linear(3, 2), BatchNorm1d.builder(2).trackRunningStats(false).build())) {
      assertThrows(IllegalArgumentException.class, () -> BatchNormalized.toInference(network));
      network.train();
      assertTrue(network.isTraining());
    }
  }
}
