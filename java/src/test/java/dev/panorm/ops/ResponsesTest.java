package dev.panorm.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.Layout;
import dev.panorm.Panorm;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.testkit.BackendTest;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Local response normalization against its formulas in float64. */
@Tag("maps")
final class ResponsesTest {

  private static final long SEED = 51;
  private static final double ALPHA = 0.3;
  private static final double K = 1.25;

  /** One norm; the positions are one dimension. */
  record Subject(
      String backend, Layout layout, long n, int channels, int positions, int size, double beta) {

    Shape shape() {
      return layout == Layout.NCHW
          ? Shape.of(n, channels, positions)
          : Shape.of(n, positions, channels);
    }

    ResponseSpec spec() {
      return ResponseSpec.of(size, ALPHA, beta, K).withLayout(layout);
    }

    int at(int sample, int channel, int position) {
      return layout == Layout.NCHW
          ? (sample * channels + channel) * positions + position
          : (sample * positions + position) * channels + channel;
    }
  }

  static Stream<Subject> subjects() {
    return BackendTest.cpu().stream()
        .flatMap(
            backend ->
                Stream.of(Layout.values())
                    .flatMap(
                        layout ->
                            Stream.of(
                                new Subject(backend, layout, 2, 7, 19, 5, 0.75),
                                new Subject(backend, layout, 1, 40, 1100, 5, 0.75),
                                new Subject(backend, layout, 3, 8, 16, 4, 0.5),
                                new Subject(backend, layout, 2, 5, 1, 3, 1),
                                new Subject(backend, layout, 1, 3, 33, 9, 0.6),
                                new Subject(backend, layout, 2, 1, 9, 1, 0.75))));
  }

  @ParameterizedTest
  @MethodSource("subjects")
  void isItsFormula(Subject subject) {
    BackendTest.on(subject.backend(), () -> check(subject));
  }

  private static void check(Subject subject) {
    try (Scope scope = Scope.open()) {
      Tensor x = drawn(scope, subject, 0);
      Tensor dy = drawn(scope, subject, 1);
      Tensor y = scope.emptyLike(x);
      Tensor dx = scope.emptyLike(x);
      Responses.forward(subject.spec(), x, y);
      Responses.backward(subject.spec(), x, dy, dx);
      compare(subject, x.toFloatArray(), dy.toFloatArray(), y.toFloatArray(), dx.toFloatArray());

      float[] twoThreads = dx.toFloatArray();
      int threads = Panorm.threads();
      Panorm.setThreads(1);
      try {
        Responses.backward(subject.spec(), x, dy, dy); // in place
      } finally {
        Panorm.setThreads(threads);
      }
      assertArrayEquals(twoThreads, dy.toFloatArray());
    }
  }

  private static Tensor drawn(Scope scope, Subject subject, long stream) {
    Tensor drawn = scope.empty(DType.FLOAT32, subject.shape());
    new RandomStream(SEED, stream).fillNormal(drawn, 0, 2);
    return drawn;
  }

  /**
   * With u = 2^−24, a sum of m squares is off by (m + 2) u of itself and its power of at most 1 by
   * as much and 4 u more; dx is two terms, the second a sum of m products of 6 roundings each.
   */
  private static void compare(Subject subject, float[] x, float[] dy, float[] y, float[] dx) {
    double bound = (2 * subject.size() + 16) * 0x1p-24;
    int channels = subject.channels();
    int before = subject.size() / 2;
    int after = (subject.size() - 1) / 2;
    for (int n = 0; n < subject.n(); n++) {
      for (int p = 0; p < subject.positions(); p++) {
        double[] s = new double[channels];
        for (int c = 0; c < channels; c++) {
          for (int j = Math.max(0, c - before); j <= Math.min(channels - 1, c + after); j++) {
            s[c] += Math.pow(x[subject.at(n, j, p)], 2);
          }
          s[c] = K + ALPHA * s[c];
          double expected = x[subject.at(n, c, p)] * Math.pow(s[c], -subject.beta());
          assertNear(expected, y[subject.at(n, c, p)], bound * Math.abs(expected), subject);
        }
        for (int c = 0; c < channels; c++) {
          int at = subject.at(n, c, p);
          double direct = dy[at] * Math.pow(s[c], -subject.beta());
          double sum = 0;
          double size = 0;
          for (int j = Math.max(0, c - after); j <= Math.min(channels - 1, c + before); j++) {
            double term =
                dy[subject.at(n, j, p)]
                    * x[subject.at(n, j, p)]
                    * Math.pow(s[j], -subject.beta() - 1);
            sum += term;
            size += Math.abs(term);
          }
          double factor = 2 * ALPHA * subject.beta() * x[at];
          double magnitude = Math.abs(direct) + Math.abs(factor) * size;
          assertNear(direct - factor * sum, dx[at], bound * magnitude, subject);
        }
      }
    }
  }

  private static void assertNear(double expected, double actual, double bound, Subject subject) {
    assertTrue(
        Math.abs(actual - expected) <= bound,
        () ->
            actual + ", expected " + expected + " ± " + bound + ", " + subject + ", seed " + SEED);
  }

  @Test
  void badInputIsNamedBeforeAnythingIsWritten() {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.ones(DType.FLOAT32, 1, 2, 3);
      Tensor y = scope.zeros(DType.FLOAT32, 1, 2, 3);
      ResponseSpec spec = ResponseSpec.of(3, 1, 0.75, 1);
      assertMessage(
          "localResponseNorm: size is 0, expected 1 or more", () -> ResponseSpec.of(0, 1, 1, 1));
      assertMessage(
          "localResponseNorm: x's shape is [2, 3], expected 3 dimensions or more, [N, C, ...]",
          () -> Responses.forward(spec, scope.ones(DType.FLOAT32, 2, 3), y));
      assertThrows(IllegalArgumentException.class, () -> Responses.forward(spec, x, x));
      assertThrows(IllegalArgumentException.class, () -> Responses.backward(spec, x, y, x));
      assertThrows(
          IllegalArgumentException.class,
          () -> Responses.forward(spec, x, scope.zeros(DType.FLOAT32, 1, 2, 4)));
      assertArrayEquals(new float[6], y.toFloatArray());
      assertArrayEquals(new float[] {1, 1, 1, 1, 1, 1}, x.toFloatArray());
    }
  }

  private static void assertMessage(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
