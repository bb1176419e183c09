package dev.panorm.init;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.testkit.Golden;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

final class InitTest {

  private static final RandomStream STREAM = new RandomStream(1234, 5);
  private static final long OUT = 200;
  private static final long IN = 100;
  private static final int COUNT = (int) (OUT * IN);

  /**
   * Five standard errors: a mean of n numbers of deviation σ is off by σ / √n, a variance of normal
   * numbers by σ² √(2 / n), of uniform ones by less; with the seed fixed this either holds or not.
   */
  private static final double SIGMAS = 5;

  @TestFactory
  Stream<DynamicTest> figures() {
    return Golden.files("init").stream()
        .map(path -> DynamicTest.dynamicTest(path.getFileName().toString(), () -> check(path)));
  }

  private static void check(Path path) {
    try (Golden golden = Golden.open(path, DType.FLOAT64)) {
      Shape weight = Shape.of(golden.input("weight_shape").toLongArray());
      Nonlinearity nonlinearity =
          Nonlinearity.valueOf(golden.text("nonlinearity").toUpperCase(Locale.ROOT));
      double slope = golden.number("negative_slope");
      InitFigures figures =
          golden.text("scheme").equals("xavier")
              ? InitFigures.xavier(weight, nonlinearity.gain(slope))
              : InitFigures.kaiming(
                  weight,
                  FanMode.valueOf(golden.text("mode").toUpperCase(Locale.ROOT)),
                  nonlinearity,
                  slope);
      assertEquals(golden.number("expected_fan_in"), (double) figures.fanIn());
      assertEquals(golden.number("expected_fan_out"), (double) figures.fanOut());
      assertEquals(golden.number("expected_gain"), figures.gain(), 1e-15);
      assertEquals(golden.number("expected_std"), figures.std(), 1e-15);
      assertEquals(golden.number("expected_bound"), figures.bound(), 1e-15);
    }
  }

  private static double[] drawn(Consumer<Tensor> init) {
    try (Scope scope = Scope.open()) {
      Tensor weight = scope.empty(DType.FLOAT64, OUT, IN);
      init.accept(weight);
      return weight.toDoubleArray();
    }
  }

  private static void assertMoments(double[] values, double mean, double variance) {
    double sum = Arrays.stream(values).sum();
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    double meanError = Math.abs(sum / COUNT - mean);
    double varianceError = Math.abs(squares / COUNT - variance);
    assertTrue(meanError <= SIGMAS * Math.sqrt(variance / COUNT), STREAM + " mean " + meanError);
    assertTrue(
        varianceError <= SIGMAS * variance * Math.sqrt(2.0 / COUNT),
        STREAM + " variance " + varianceError);
  }

  private static void assertWithin(double[] values, double low, double high) {
    assertTrue(Arrays.stream(values).allMatch(v -> v >= low && v <= high));
  }

  @Test
  void normalForms() {
    assertMoments(drawn(w -> Init.normal(w, 3, 0.5, STREAM)), 3, 0.25);
    assertMoments(drawn(w -> Init.kaimingNormal(w, STREAM)), 0, 2.0 / IN);
    assertMoments(drawn(w -> Init.lecunNormal(w, STREAM)), 0, 1.0 / IN);
    assertMoments(drawn(w -> Init.scaledNormal(w, 0.25, STREAM)), 0, 0.25 / IN);
    assertMoments(drawn(w -> Init.xavierNormal(w, 2, STREAM)), 0, 4 * 2.0 / (IN + OUT));
  }

  @Test
  void uniformForms() {
    double[] plain = drawn(w -> Init.uniform(w, 1, 3, STREAM));
    assertMoments(plain, 2, 4.0 / 12);
    assertWithin(plain, 1, 3);
    double[] kaiming = drawn(w -> Init.kaimingUniform(w, STREAM));
    assertMoments(kaiming, 0, 2.0 / IN);
    assertWithin(kaiming, -Math.sqrt(6.0 / IN), Math.sqrt(6.0 / IN));
    assertMoments(drawn(w -> Init.lecunUniform(w, STREAM)), 0, 1.0 / IN);
    assertMoments(drawn(w -> Init.xavierUniform(w, 1, STREAM)), 0, 2.0 / (IN + OUT));
  }

  @Test
  void constants() {
    assertWithin(drawn(Init::zeros), 0, 0);
    assertWithin(drawn(Init::ones), 1, 1);
    assertWithin(drawn(w -> Init.constant(w, -2)), -2, -2);
  }

  /**
   * Variance of N(0, 1) in [−2, 2]: 1 − 4 φ(2) / (2 Φ(2) − 1) = 0.7737413; mean of it in [2, ∞):
   * φ(2) / (1 − Φ(2)) = 2.3732155, variance 1 + 2 · 2.3732155 − 2.3732155² = 0.1142792.
   */
  @Test
  void truncatedForms() {
    double[] middle = drawn(w -> Init.truncatedNormal(w, 0, 1, -2, 2, STREAM));
    assertMoments(middle, 0, 0.7737413);
    assertWithin(middle, -2, 2);
    double infinity = Double.POSITIVE_INFINITY;
    double[] tail = drawn(w -> Init.truncatedNormal(w, 10, 2, 14, infinity, STREAM));
    double mean = Arrays.stream(tail).average().orElseThrow();
    assertEquals(10 + 2 * 2.3732155, mean, SIGMAS * 2 * Math.sqrt(0.1142792 / COUNT));
    assertWithin(tail, 14, infinity);
    double[] narrow = drawn(w -> Init.truncatedNormal(w, 0, 1, 5, 5.001, STREAM));
    assertWithin(narrow, 5, 5.001);
  }

  @Test
  void orthogonalRowsOrColumns() {
    for (Shape shape : new Shape[] {Shape.of(5, 2, 4), Shape.of(8, 5)}) {
      try (Scope scope = Scope.open()) {
        Tensor weight = scope.empty(DType.FLOAT64, shape);
        Init.orthogonal(weight, 2, STREAM);
        int rows = (int) shape.dim(0);
        double[] values = weight.toDoubleArray();
        int columns = values.length / rows;
        boolean tall = rows > columns;
        for (int i = 0; i < 5; i++) {
          for (int j = 0; j < 5; j++) {
            double dot = 0;
            for (int k = 0; k < 8; k++) {
              dot +=
                  tall
                      ? values[k * columns + i] * values[k * columns + j]
                      : values[i * columns + k] * values[j * columns + k];
            }
            assertEquals(i == j ? 4 : 0, dot, 1e-14);
          }
        }
      }
    }
  }

  @Test
  void theSameStreamGivesTheSameValuesInBothTypes() {
    try (Scope scope = Scope.open()) {
      Tensor wide = scope.empty(DType.FLOAT64, 3, 4);
      Tensor narrow = scope.empty(DType.FLOAT32, 3, 4);
      Init.kaimingNormal(wide, STREAM);
      Init.kaimingNormal(narrow, STREAM);
      float[] expected = new float[12];
      for (int i = 0; i < 12; i++) {
        expected[i] = (float) wide.get(i);
      }
      assertArrayEquals(expected, narrow.toFloatArray());
    }
  }

  @Test
  void gainsArePytorchs() {
    assertEquals(1.41414, Nonlinearity.LEAKY_RELU.gain(0.01), 5e-6);
    assertEquals(5.0 / 3, Nonlinearity.TANH.gain(0));
    assertEquals(0.75, Nonlinearity.SELU.gain(0));
    assertEquals(1, Nonlinearity.SIGMOID.gain(7));
  }

  @Test
  void wrongArgumentsAreRefused() {
    try (Scope scope = Scope.open()) {
      Tensor vector = scope.ones(DType.FLOAT32, 3);
      Tensor matrix = scope.ones(DType.FLOAT32, 2, 2);
      assertMessage(
          "fan: weight has shape [3], expected 2 dimensions or more",
          () -> Init.kaimingNormal(vector, STREAM));
      assertMessage(
          "orthogonal: shape is [3], expected 2 dimensions or more",
          () -> Init.orthogonal(vector, 1, STREAM));
      assertMessage(
          "scaledNormal: c is -1.0, expected 0 or more",
          () -> Init.scaledNormal(matrix, -1, STREAM));
      assertMessage(
          "truncatedNormal: low is 2.0, expected below high 1.0",
          () -> Init.truncatedNormal(matrix, 0, 1, 2, 1, STREAM));
      assertMessage(
          "normal: std is NaN, expected 0 or more",
          () -> Init.normal(matrix, 0, Double.NaN, STREAM));
      assertArrayEquals(new double[] {1, 1, 1, 1}, matrix.toDoubleArray());
    }
  }

  private static void assertMessage(String message, org.junit.jupiter.api.function.Executable run) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, run).getMessage());
  }
}
