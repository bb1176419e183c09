package dev.panorm.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.GradCheck;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.nn.LocalResponseNorm.AlphaMode;
import dev.panorm.testkit.Golden;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

final class MoreNormsTest {

  private static final long SEED = 32;

  @TestFactory
  Stream<DynamicTest> localResponseNormGoldens() {
    return Golden.files("local_response_norm").stream()
        .flatMap(
            path ->
                Stream.of(DType.FLOAT32, DType.FLOAT64)
                    .map(
                        dtype ->
                            DynamicTest.dynamicTest(
                                path.getFileName() + " " + dtype, () -> replay(path, dtype))));
  }

  private static void replay(Path path, DType dtype) {
    try (Golden golden = Golden.open(path, dtype);
        Tape _ = Tape.open();
        LocalResponseNorm norm =
            new LocalResponseNorm(
                (long) golden.number("size"),
                golden.number("alpha"),
                golden.number("beta"),
                golden.number("k"),
                AlphaMode.DIV_N)) {
      Variable x = Variable.leaf(golden.input("x"));
      Variable y = norm.forward(x);
      golden.check("y", y.value());
      y.backward(golden.input("dy"));
      golden.check("dx", Objects.requireNonNull(x.grad()));
    }
  }

  /** Figures of the reference notes: α = β = 1, k = 0, the sum of squares over the size. */
  @Test
  void localResponseNormByHand() {
    assertArrayEquals(
        new double[] {2, 0.8, 2 * 3 / 13.0, 2 * 4 / 25.0}, respond(2, AlphaMode.DIV_N), 1e-14);
    assertArrayEquals(
        new double[] {3 / 5.0, 6 / 14.0, 9 / 29.0, 12 / 25.0}, respond(3, AlphaMode.DIV_N), 1e-14);
    assertArrayEquals(
        new double[] {1 / 5.0, 2 / 14.0, 3 / 29.0, 4 / 25.0}, respond(3, AlphaMode.SUM), 1e-14);
  }

  private static double[] respond(long size, AlphaMode mode) {
    try (Tape tape = Tape.open();
        LocalResponseNorm norm = new LocalResponseNorm(size, 1, 1, 0, mode)) {
      Variable x = Variable.of(tape.scope().of(new double[] {1, 2, 3, 4}, 1, 4, 1));
      return norm.forward(x).value().toDoubleArray();
    }
  }

  /** Windows of 1, 2 and 3 x 3 positions, summed one by one; 20 roundings of numbers near 3. */
  @Test
  void localResponseNormWithinAChannel() {
    for (AlphaMode mode : AlphaMode.values()) {
      for (int size = 1; size <= 3; size++) {
        try (Tape tape = Tape.open();
            LocalResponseNorm norm = LocalResponseNorm.withinChannel(size, 0.5, 0.75, 2, mode)) {
          Tensor x = tape.scope().empty(DType.FLOAT64, 2, 2, 4, 3);
          new RandomStream(SEED, size).fillNormal(x, 0, 1);
          double[] y = norm.forward(Variable.of(x)).value().toDoubleArray();
          double alpha = mode == AlphaMode.SUM ? 0.5 : 0.5 / (size * size);
          for (int i = 0; i < y.length; i++) {
            double denominator = Math.pow(2 + alpha * window(x, i, size), 0.75);
            assertEquals(x.get(i) / denominator, y[i], 1e-14, "seed " + SEED);
          }
          GradCheck.Result result = GradCheck.DEFAULT.check(v -> norm.forward(v.get(0)), x);
          assertTrue(result.passed(), () -> result + ", seed " + SEED);
        }
      }
    }
  }

  /** Σ x² around element i of [..., 4, 3], from − size / 2 to (size − 1) / 2 each way. */
  private static double window(Tensor x, int i, int size) {
    int image = i / 12 * 12;
    double sum = 0;
    for (int row = i / 3 % 4 - size / 2; row <= i / 3 % 4 + (size - 1) / 2; row++) {
      for (int column = i % 3 - size / 2; column <= i % 3 + (size - 1) / 2; column++) {
        if (row >= 0 && row < 4 && column >= 0 && column < 3) {
          double value = x.get(image + row * 3 + column);
          sum += value * value;
        }
      }
    }
    return sum;
  }

  @Test
  void perActivationStatisticsAreOverTheBatchAlone() {
    try (Scope scope = Scope.open();
        BatchNormPerActivation norm = new BatchNormPerActivation(2, 2)) {
      norm.to(DType.FLOAT64);
      Tensor x = scope.of(new double[] {1, 2, 3, 4, 2, 4, 6, 8}, 2, 2, 2);
      try (Tape _ = Tape.open()) {
        double[] y = norm.forward(Variable.of(x)).value().toDoubleArray();
        assertEquals(-1, y[3], 1e-5);
        assertEquals(1, y[4], 1e-4);
      }
      assertArrayEquals(
          new double[] {0.15, 0.3, 0.45, 0.6},
          Objects.requireNonNull(norm.norm().runningMean()).toDoubleArray(),
          1e-15);
      GradCheck.Result result = GradCheck.DEFAULT.check(v -> norm.forward(v.get(0)), x);
      assertTrue(result.passed(), result::toString);
      Tensor wrong = scope.of(new double[8], 2, 4);
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> {
                try (Tape _ = Tape.open()) {
                  norm.forward(Variable.of(wrong));
                }
              });
      assertEquals(
          "batchNormPerActivation: x's shape is [2, 4], expected a batch of [2, 2]",
          e.getMessage());
    }
  }
}
