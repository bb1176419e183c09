package dev.panorm.distributed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.EpsMode;
import dev.panorm.Layout;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Autograd;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.data.Dataset;
import dev.panorm.nn.BatchNorm;
import dev.panorm.nn.BatchNorm2d;
import dev.panorm.nn.ChannelMoments;
import dev.panorm.nn.Module;
import dev.panorm.train.BatchNormStatistics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Several workers against one BatchNorm on the whole batch.
 *
 * <p>Both compute in float64 what differs in the order of sums of m = 9 · 6 values alone. Each sum
 * is off by at most m · 2^−53 of the sum of its terms' magnitudes, and a result is made of fewer
 * than 10 such sums of magnitude 10 or less (standard normal values, r ≤ 2, weights ≤ 2): m · 2^−53
 * · 100 = 6e-13. Gradients of gradients multiply two of them: 100 times as much.
 */
final class SyncBatchNormTest {

  private static final long SEED = 28;
  private static final double BOUND = 6e-13;
  private static final double SECOND = 6e-11;
  private static final int CHANNELS = 3;

  /** Who has which samples; one worker has none. */
  private static final int[] SHARES = {0, 5, 5, 6, 9};

  private static final int WORKERS = SHARES.length - 1;

  private static Tensor normal(Scope scope, long stream, double mean, long... dims) {
    Tensor tensor = scope.empty(DType.FLOAT64, dims);
    new RandomStream(SEED, stream).fillNormal(tensor, mean, 1);
    return tensor;
  }

  private static BatchNorm2d norm(Layout layout, EpsMode mode) {
    BatchNorm2d norm =
        BatchNorm2d.builder(CHANNELS).layout(layout).epsMode(mode).eps(0.1).momentum(0.3).build();
    norm.to(DType.FLOAT64);
    new RandomStream(SEED, 7).fillUniform(Objects.requireNonNull(norm.weight()).value(), 0.5, 2);
    new RandomStream(SEED, 8).fillNormal(Objects.requireNonNull(norm.bias()).value(), 0, 1);
    return norm;
  }

  /** What a pass came to: y, dx, and what is the same on all workers. */
  private record Outcome(List<double[]> ownPart, List<double[]> gradients, List<double[]> running) {

    double[] y() {
      return ownPart.get(0);
    }

    double[] dx() {
      return ownPart.get(1);
    }
  }

  private static Outcome pass(Module norm, Tensor x, Tensor upstream, Runnable exchange) {
    try (Tape _ = Tape.open()) {
      Variable input = Variable.leaf(x);
      Variable y = norm.forward(input);
      y.backward(upstream);
      exchange.run();
      return new Outcome(
          List.of(y.value().toDoubleArray(), Objects.requireNonNull(input.grad()).toDoubleArray()),
          norm.parameters().stream()
              .map(p -> Objects.requireNonNull(p.grad()).toDoubleArray())
              .toList(),
          norm.namedBuffers().values().stream().map(Tensor::toDoubleArray).toList());
    }
  }

  private static Tensor share(Tensor all, Workers workers) {
    return all.slice(SHARES[workers.rank()], SHARES[workers.rank() + 1]);
  }

  private static double[] concatenated(List<Outcome> parts, Function<Outcome, double[]> of) {
    return parts.stream().map(of).flatMapToDouble(Arrays::stream).toArray();
  }

  @ParameterizedTest
  @EnumSource(EpsMode.class)
  void workersAreOneBigBatch(EpsMode mode) {
    for (Layout layout : Layout.values()) {
      long[] dims = layout == Layout.NCHW ? new long[] {9, 3, 2, 3} : new long[] {9, 2, 3, 3};
      try (Scope scope = Scope.open();
          BatchNorm whole = norm(layout, mode)) {
        Tensor x = normal(scope, 1, 0.5, dims);
        Tensor upstream = normal(scope, 2, 0.5, dims);
        Outcome expected = pass(whole, x, upstream, () -> {});
        List<Outcome> parts =
            ThreadWorkers.run(
                WORKERS,
                workers -> {
                  try (SyncBatchNorm norm = new SyncBatchNorm(norm(layout, mode), workers)) {
                    return pass(
                        norm,
                        share(x, workers),
                        share(upstream, workers),
                        () -> Replicas.sumGradients(workers, norm.parameters()));
                  }
                });
        assertArrayEquals(expected.y(), concatenated(parts, Outcome::y), BOUND);
        assertArrayEquals(expected.dx(), concatenated(parts, Outcome::dx), BOUND);
        for (Outcome part : parts) {
          for (int i = 0; i < 2; i++) {
            assertArrayEquals(expected.gradients().get(i), part.gradients().get(i), BOUND);
            assertArrayEquals(parts.getFirst().gradients().get(i), part.gradients().get(i));
          }
          for (int i = 0; i < 3; i++) {
            assertArrayEquals(expected.running().get(i), part.running().get(i), BOUND);
            assertArrayEquals(parts.getFirst().running().get(i), part.running().get(i));
          }
        }
      }
    }
  }

  /** The penalty ‖∂L/∂x‖² over all samples, differentiated once more. */
  private static double[] penaltyGradient(Module norm, Tensor x, Tensor upstream) {
    try (Tape _ = Tape.open()) {
      Variable input = Variable.leaf(x);
      Variable y = norm.forward(input);
      Variable loss = Sums.sum(Arithmetic.mul(Arithmetic.square(y), Variable.of(upstream)));
      Variable slope = Objects.requireNonNull(Autograd.grad(loss, input, true));
      Variable penalty = Sums.sum(Arithmetic.square(slope));
      return Objects.requireNonNull(Autograd.grad(penalty, input, false)).value().toDoubleArray();
    }
  }

  @Test
  void secondDerivativesAreThoseOfTheBigBatch() {
    for (EpsMode mode : EpsMode.values()) {
      try (Scope scope = Scope.open();
          BatchNorm whole = norm(Layout.NCHW, mode)) {
        Tensor x = normal(scope, 3, 0.5, 9, 3, 1, 2);
        Tensor upstream = normal(scope, 4, 0, 9, 3, 1, 2);
        double[] expected = penaltyGradient(whole, x, upstream);
        List<double[]> parts =
            ThreadWorkers.run(
                WORKERS,
                workers -> {
                  try (SyncBatchNorm norm = new SyncBatchNorm(norm(Layout.NCHW, mode), workers)) {
                    return penaltyGradient(norm, share(x, workers), share(upstream, workers));
                  }
                });
        double[] got = parts.stream().flatMapToDouble(Arrays::stream).toArray();
        assertArrayEquals(expected, got, SECOND, "seed " + SEED);
      }
    }
  }

  /**
   * Where the mean is 10⁶ deviations, float32 keeps its digits. What x holds is exact; the sums of
   * float32 kernels and 8 roundings of numbers up to 4 · 2 are left: 1e-5 is 20 times that.
   */
  @Test
  void aLargeMeanCostsNoDigits() {
    try (Scope scope = Scope.open()) {
      Tensor rounded = scope.empty(DType.FLOAT32, 9, 3, 2, 2);
      new RandomStream(SEED, 5).fillNormal(rounded, 1e6, 1);
      Tensor x = scope.empty(DType.FLOAT64, rounded.shape());
      x.copyFrom(rounded);
      try (BatchNorm whole = norm(Layout.NCHW, EpsMode.INSIDE_SQRT);
          Tape _ = Tape.open()) {
        double[] expected = whole.forward(Variable.of(x)).value().toDoubleArray();
        List<double[]> parts =
            ThreadWorkers.run(
                WORKERS,
                workers -> {
                  BatchNorm inner = norm(Layout.NCHW, EpsMode.INSIDE_SQRT);
                  inner.to(DType.FLOAT32);
                  try (SyncBatchNorm norm = new SyncBatchNorm(inner, workers);
                      Tape _ = Tape.open()) {
                    return norm.forward(Variable.of(share(rounded, workers)))
                        .value()
                        .toDoubleArray();
                  }
                });
        double[] got = parts.stream().flatMapToDouble(Arrays::stream).toArray();
        assertArrayEquals(expected, got, 1e-5, "seed " + SEED);
      }
    }
  }

  @Test
  void inEvaluationNothingIsExchanged() {
    double[] sums =
        ThreadWorkers.run(
                1,
                alone -> {
                  Workers deaf = new Deaf(alone);
                  try (SyncBatchNorm norm =
                          new SyncBatchNorm(norm(Layout.NCHW, EpsMode.INSIDE_SQRT), deaf);
                      Tape tape = Tape.open()) {
                    Variable x = Variable.of(normal(tape.scope(), 6, 0, 1, 3, 1, 1));
                    norm.eval();
                    double[] y = norm.forward(x).value().toDoubleArray();
                    norm.train();
                    norm.norm().setFrozen(true);
                    assertArrayEquals(y, norm.forward(x).value().toDoubleArray());
                    return y;
                  }
                })
            .getFirst();
    assertEquals(CHANNELS, sums.length);
  }

  /** Workers that may not be asked for anything. */
  private record Deaf(Workers workers) implements Workers {
    @Override
    public int rank() {
      return workers.rank();
    }

    @Override
    public int count() {
      return workers.count();
    }

    @Override
    public List<double[]> allGather(double... mine) {
      throw new AssertionError("an exchange");
    }
  }

  @Test
  void statisticsAfterTrainingAreThoseOfAllData() {
    try (Scope scope = Scope.open()) {
      Tensor x = normal(scope, 9, 3, 8, CHANNELS, 2, 1);
      Dataset all = new Dataset(x, scope.zeros(DType.INT64, 8), 2);
      ChannelMoments expected = ChannelMoments.of(x, Layout.NCHW);
      ThreadWorkers.run(
          2,
          workers -> {
            BatchNorm inner = norm(Layout.NCHW, EpsMode.INSIDE_SQRT);
            try (SyncBatchNorm norm = new SyncBatchNorm(inner, workers)) {
              int first = 4 * workers.rank();
              BatchNormStatistics.pooled(norm, all.slice(first, first + 4), 2);
              for (int c = 0; c < CHANNELS; c++) {
                assertEquals(
                    expected.mean(c), Objects.requireNonNull(inner.runningMean()).get(c), BOUND);
                assertEquals(
                    expected.variance(c), Objects.requireNonNull(inner.runningVar()).get(c), BOUND);
              }
              return inner;
            }
          });
    }
  }

  @Test
  void badShapesAreNamed() {
    List<String> messages = new ArrayList<>();
    for (long[] dims : new long[][] {{1, 3, 1, 1}, {2, 4, 1, 1}, {3}}) {
      IllegalArgumentException refused =
          assertThrows(
              IllegalArgumentException.class,
              () ->
                  ThreadWorkers.run(
                      1,
                      workers -> {
                        try (SyncBatchNorm norm =
                                new SyncBatchNorm(norm(Layout.NCHW, EpsMode.INSIDE_SQRT), workers);
                            Tape tape = Tape.open()) {
                          return norm.forward(Variable.of(normal(tape.scope(), 1, 0, dims)));
                        }
                      }));
      messages.add(String.valueOf(refused.getMessage()));
    }
    assertTrue(messages.get(0).endsWith("expected two values or more per channel in all"));
    assertTrue(messages.get(1).endsWith("expected 3 channels"));
    assertTrue(messages.get(2).endsWith("expected 2 dimensions or more"));
  }
}
