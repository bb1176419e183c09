package dev.panorm.internal.backend.cpu;

import dev.panorm.Activation;
import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.ops.Activations;
import dev.panorm.ops.Elementwise;
import dev.panorm.ops.LossReduction;
import dev.panorm.ops.Losses;
import dev.panorm.ops.ResponseSpec;
import dev.panorm.ops.Responses;
import dev.panorm.ops.Softmax;
import dev.panorm.testkit.BitsOfRuns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Functions of each element have the same bits in C and on the Vector API, with one thread and two,
 * for every kind of number. The run with C leaves its bits to the run without.
 */
@Tag("maps")
class MapBitsTest {

  private static final long SEED = 20_261_121;

  /** Below, at and beyond a vector, more than one part, and beyond the caches of two threads. */
  private static final int[] SIZES = {1, 7, 8, 17, 1000, 70_001, (3 << 20) + 5};

  private static final float[] SPECIAL = {
    0,
    -0f,
    1,
    -1,
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.MIN_VALUE,
    -Float.MIN_NORMAL,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    1e-30f,
    -3e18f,
    88.7f,
    -103.9f,
    16,
    -20
  };

  /** A function of one tensor. */
  private interface Unary {
    void apply(Tensor x, Tensor y);
  }

  /** A function of two tensors. */
  private interface Binary {
    void apply(Tensor a, Tensor b, Tensor y);
  }

  private static final Map<String, Unary> UNARY =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("affine", (x, y) -> Elementwise.affine(x, 2.5, -1, y)),
              Map.entry("exp", Elementwise::exp),
              Map.entry("log", Elementwise::log),
              Map.entry("erf", Elementwise::erf),
              Map.entry("sqrt", Elementwise::sqrt),
              Map.entry("rsqrt", Elementwise::rsqrt),
              Map.entry("reciprocal", Elementwise::reciprocal),
              Map.entry("square", Elementwise::square),
              Map.entry("abs", Elementwise::abs),
              Map.entry("sign", Elementwise::sign),
              Map.entry("pow", (x, y) -> Elementwise.pow(x, 1.5, y)),
              Map.entry("clamp", (x, y) -> Elementwise.clamp(x, -0.5, 0, y)),
              Map.entry("softmax", (x, y) -> Softmax.softmax(x, 0, y)),
              Map.entry("log softmax", (x, y) -> Softmax.logSoftmax(x, 0, y))));

  private static final Map<String, Binary> BINARY =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("add", Elementwise::add),
              Map.entry("sub", Elementwise::sub),
              Map.entry("mul", Elementwise::mul),
              Map.entry("div", Elementwise::div),
              Map.entry("maximum", Elementwise::maximum),
              Map.entry("minimum", Elementwise::minimum),
              Map.entry("greater", Elementwise::greater),
              Map.entry("equal", Elementwise::equal),
              Map.entry("mask", Elementwise::mask)));

  private static final Map<String, Binary> OF_ONE_SHAPE =
      new TreeMap<>(
          Map.of(
              "axpy", (a, b, y) -> updated(a, b, y, 1),
              "axpby", (a, b, y) -> updated(a, b, y, -0.25),
              "softmax gradient", (a, b, y) -> Softmax.softmaxBackward(a, 0, b, y),
              "log softmax gradient", (a, b, y) -> Softmax.logSoftmaxBackward(a, 0, b, y),
              "squared error", (a, b, y) -> Losses.mse(LossReduction.NONE, a, b, y)));

  private static void updated(Tensor a, Tensor b, Tensor y, double beta) {
    Elementwise.affine(b, 1, 0, y);
    Elementwise.axpby(1.5, a, beta, y);
  }

  @Test
  void theSameInCAndInJavaAndForAnyNumberOfThreads() {
    BitsOfRuns.compare("map-bits.txt", MapBitsTest::bits);
  }

  /** A line for each case: the hash of its result. */
  private static List<String> bits() {
    List<String> lines = new ArrayList<>();
    for (int n : SIZES) {
      of(new long[] {n}, new long[] {n}, lines);
    }
    for (int columns : new int[] {3, 50, 3001}) {
      for (int rows : new int[] {5, 701}) {
        of(new long[] {rows, columns}, new long[] {rows, 1}, lines);
        of(new long[] {rows, 1}, new long[] {rows, columns}, lines);
        of(new long[] {rows, columns}, new long[] {columns}, lines);
      }
    }
    return lines;
  }

  private static void of(long[] shapeA, long[] shapeB, List<String> lines) {
    try (Scope scope = Scope.open()) {
      Random random = new Random(SEED);
      Tensor a = random(scope, random, shapeA);
      Tensor b = random(scope, random, shapeB);
      Tensor y = scope.empty(DType.FLOAT32, Elementwise.broadcast(a.shape(), b.shape()));
      String shapes = " " + a.shape() + " " + b.shape() + " ";
      BINARY.forEach(
          (name, f) -> {
            f.apply(a, b, y);
            lines.add(name + shapes + hash(y));
          });
      if (a.shape().equals(b.shape())) {
        ofOneShape(a, b, y, shapes, lines);
      }
    }
  }

  private static void ofOneShape(Tensor a, Tensor b, Tensor y, String shapes, List<String> lines) {
    UNARY.forEach(
        (name, f) -> {
          f.apply(a, y);
          lines.add(name + shapes + hash(y));
        });
    OF_ONE_SHAPE.forEach(
        (name, f) -> {
          f.apply(a, b, y);
          lines.add(name + shapes + hash(y));
        });
    for (Activation activation : Activation.values()) {
      Activations.forward(activation, a, y);
      lines.add(activation + shapes + hash(y));
      Activations.backward(activation, a, b, y);
      lines.add(activation + " gradient" + shapes + hash(y));
    }
    for (double beta : new double[] {0.5, 0.75, 1, 0.9}) {
      ResponseSpec spec = ResponseSpec.of(5, 1e-2, beta, 1);
      Responses.forward(spec, a.view(1, 1, a.elements()), y.view(1, 1, a.elements()));
      lines.add("response " + beta + shapes + hash(y));
    }
    Elementwise.mul(a, b, a);
    lines.add("in place" + shapes + hash(a));
  }

  private static Tensor random(Scope scope, Random random, long... shape) {
    Tensor tensor = scope.empty(DType.FLOAT32, shape);
    float[] values = new float[(int) tensor.elements()];
    for (int i = 0; i < values.length; i++) {
      boolean special = random.nextInt(8) == 0;
      values[i] =
          special ? SPECIAL[random.nextInt(SPECIAL.length)] : (float) (3 * random.nextGaussian());
    }
    tensor.copyFrom(values);
    return tensor;
  }

  private static int hash(Tensor y) {
    return Arrays.hashCode(y.toFloatArray());
  }
}
