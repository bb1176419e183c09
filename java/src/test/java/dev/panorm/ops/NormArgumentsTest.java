package dev.panorm.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormPlan.Residual;
import dev.panorm.backend.NormStats;
import dev.panorm.backend.RunningStats;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/**
 * What norms refuse: one exception that names operation, argument, what came and what was expected.
 */
class NormArgumentsTest {

  private static final NormSpec LAYER = NormSpec.layerNorm(4);
  private static final NormSpec BATCH = NormSpec.batchNorm();

  private Scope scope = Scope.open();
  private Tensor x = scope.ones(DType.FLOAT32, 3, 4);
  private Tensor y = scope.full(7, DType.FLOAT32, x.shape());

  @BeforeEach
  void open() {
    scope.close();
    scope = Scope.open();
    x = scope.ones(DType.FLOAT32, 3, 4);
    y = scope.full(7, DType.FLOAT32, x.shape());
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private Tensor floats(long... dims) {
    return scope.ones(DType.FLOAT32, dims);
  }

  private Tensor doubles(long... dims) {
    return scope.ones(DType.FLOAT64, dims);
  }

  /** The message has all of these, and y is as it was. */
  private void refused(Executable call, String... parts) {
    float[] before = y.toFloatArray();
    String message =
        String.valueOf(assertThrows(IllegalArgumentException.class, call).getMessage());
    for (String part : parts) {
      assertTrue(message.contains(part), () -> message + " lacks " + part);
    }
    assertArrayEquals(before, y.toFloatArray(), message);
  }

  private void forwardRefused(NormSpec spec, Tensor input, Affine affine, String... parts) {
    refused(() -> Norms.forward(spec, input, affine, y, null), parts);
  }

  @Test
  void shapes() {
    forwardRefused(NormSpec.layerNorm(5), x, Affine.NONE, "layerNorm", "x", "[3, 4]", "[5]");
    forwardRefused(NormSpec.rmsNorm(2, 3, 4), x, Affine.NONE, "rmsNorm", "x", "[3, 4]");
    forwardRefused(LAYER, x, new Affine(floats(3), null), "layerNorm", "weight", "[3]", "[4]");
    forwardRefused(LAYER, x, new Affine(null, floats(5)), "layerNorm", "bias", "[5]", "[4]");
    forwardRefused(BATCH, x, new Affine(floats(2), null), "batchNorm", "weight", "[2]", "[4]");
    forwardRefused(BATCH, floats(4), Affine.NONE, "batchNorm", "x", "[4]", "2 dimensions");
    refused(
        () -> Norms.forward(LAYER, x, Affine.NONE, floats(4, 4), null),
        "layerNorm",
        "y",
        "[4, 4]",
        "[3, 4]");
    NormStats wrong = Norms.stats(scope, NormSpec.layerNorm(4), floats(5, 4));
    refused(() -> Norms.forward(LAYER, x, Affine.NONE, y, wrong), "layerNorm", "saved mean", "3");
  }

  @Test
  void types() {
    forwardRefused(
        LAYER, x, new Affine(doubles(4), null), "layerNorm", "weight", "float64", "float32");
    refused(
        () -> Norms.forward(LAYER, x, Affine.NONE, doubles(3, 4), null),
        "layerNorm",
        "y",
        "float64");
    Tensor integers = scope.zeros(DType.INT64, 3, 4);
    refused(() -> Norms.forward(LAYER, integers, Affine.NONE, y, null), "layerNorm", "x", "int64");
  }

  @Test
  void groups() {
    for (long groups : new long[] {0, -3}) {
      refused(() -> NormSpec.groupNorm(groups), "groupNorm", "groups", "" + groups, "1 or more");
    }
    forwardRefused(NormSpec.groupNorm(3), x, Affine.NONE, "groupNorm", "channels", "4", "3");
  }

  @Test
  void epsAndMomentum() {
    for (double eps : new double[] {-1e-5, Double.NaN, Double.POSITIVE_INFINITY}) {
      refused(() -> LAYER.withEps(eps), "layerNorm", "eps", "" + eps, "0 or more");
    }
    for (double momentum : new double[] {Double.NaN, -0.1, 1.5}) {
      RunningStats running = new RunningStats(floats(4), floats(4), momentum);
      refused(
          () -> Norms.forward(BATCH, x, null, Affine.NONE, running, y, null, null),
          "batchNorm",
          "momentum",
          "" + momentum,
          "0 to 1");
      assertEquals(1, running.mean().get(0));
    }
  }

  @Test
  void runningStatistics() {
    RunningStats shorter = new RunningStats(floats(3), floats(4), 0.1);
    refused(
        () -> Norms.forward(BATCH, x, null, Affine.NONE, shorter, y, null, null),
        "batchNorm",
        "mean",
        "[3]",
        "[4]");
    RunningStats running = new RunningStats(floats(4), floats(4), 0.1);
    refused(
        () -> Norms.forward(LAYER, x, null, Affine.NONE, running, y, null, null),
        "layerNorm",
        "running");
    refused(
        () -> Norms.frozenForward(BATCH, x, null, Affine.NONE, floats(4), floats(5), y, null),
        "batchNorm",
        "variance",
        "[5]",
        "[4]");
  }

  @Test
  void oneValuePerChannelInTraining() {
    forwardRefused(
        BATCH, floats(1, 4), Affine.NONE, "batchNorm", "x", "one value per channel", "[1, 4]");
  }

  @Test
  void residuals() {
    NormSpec adding = LAYER.withResidual(Residual.BEFORE_NORM);
    refused(
        () -> Norms.forward(adding, x, null, Affine.NONE, null, y, null, null),
        "layerNorm",
        "residual",
        "missing");
    refused(
        () -> Norms.forward(LAYER, x, x, Affine.NONE, null, y, null, null),
        "layerNorm",
        "residual",
        "expected none");
    refused(
        () -> Norms.forward(LAYER, x, null, Affine.NONE, null, y, floats(3, 4), null),
        "layerNorm",
        "sum");
  }

  @Test
  void overlaps() {
    Tensor both = floats(6, 4);
    Tensor input = both.slice(0, 3);
    refused(
        () -> Norms.forward(LAYER, input, Affine.NONE, both.slice(2, 5), null),
        "layerNorm",
        "y",
        "overlaps x");
    refused(() -> Norms.forward(LAYER, x, Affine.NONE, x, null), "layerNorm", "y", "overlaps x");
    NormStats saved = Norms.stats(scope, LAYER, input);
    Tensor dy = floats(3, 4);
    refused(
        () -> Norms.backward(LAYER, input, Affine.NONE, saved, dy, input, Affine.NONE),
        "layerNorm backward",
        "dx",
        "overlaps x");
    Tensor wide = floats(4, 4);
    refused(
        () ->
            Norms.backward(
                LAYER, x, Affine.NONE, saved, wide.slice(0, 3), wide.slice(1, 4), Affine.NONE),
        "layerNorm backward",
        "dx",
        "overlaps dy");
  }

  @Test
  void readOnlyOutput() {
    try (Arena arena = Arena.ofConfined()) {
      Tensor readOnly = Tensor.wrap(arena.allocate(48, 4).asReadOnly(), DType.FLOAT32, 3, 4);
      refused(
          () -> Norms.forward(LAYER, x, Affine.NONE, readOnly, null),
          "layerNorm",
          "y",
          "read-only");
    }
  }

  @Test
  void deadTensors() {
    Scope gone = Scope.open();
    Tensor dead = gone.ones(DType.FLOAT32, 3, 4);
    Tensor deadWeight = gone.ones(DType.FLOAT32, 4);
    gone.close();
    float[] before = y.toFloatArray();
    for (Executable call :
        new Executable[] {
          () -> Norms.forward(LAYER, dead, Affine.NONE, y, null),
          () -> Norms.forward(LAYER, x, Affine.NONE, dead, null),
          () -> Norms.forward(LAYER, x, new Affine(deadWeight, null), y, null),
          () ->
              Norms.forward(
                  BATCH,
                  x,
                  null,
                  Affine.NONE,
                  new RunningStats(deadWeight, floats(4), 0.1),
                  y,
                  null,
                  null),
        }) {
      assertThrows(IllegalStateException.class, call);
    }
    assertArrayEquals(before, y.toFloatArray());
    // Nothing stayed held: the scope can give its memory back, and the norm still works.
    Norms.forward(LAYER, x, Affine.NONE, y, null);
    assertEquals(0, y.get(0));
  }
}
