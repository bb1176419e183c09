package dev.panorm.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.EpsMode;
import dev.panorm.Layout;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class BatchNormTest {

  private static double[] run(Module module, double[] x, long... dims) {
    try (Tape tape = Tape.open()) {
      return module.forward(Variable.of(tape.scope().of(x, dims))).value().toDoubleArray();
    }
  }

  private static double[] values(@Nullable Tensor tensor) {
    return Objects.requireNonNull(tensor).toDoubleArray();
  }

  private static BatchNorm1d doubles(BatchNorm.Builder<BatchNorm1d> builder) {
    BatchNorm1d norm = builder.build();
    norm.to(DType.FLOAT64);
    return norm;
  }

  @Test
  void defaultsAreThoseOfTheSignature() {
    try (BatchNorm1d norm = new BatchNorm1d(3)) {
      assertEquals(1e-5, norm.spec().eps());
      assertEquals(
          List.of("weight", "bias", "running_mean", "running_var", "num_batches_tracked"),
          List.copyOf(norm.stateDict().keySet()));
      assertArrayEquals(new double[] {1, 1, 1}, values(norm.stateDict().get("weight")));
      assertArrayEquals(new double[] {0, 0, 0}, values(norm.stateDict().get("bias")));
      assertArrayEquals(new double[] {0, 0, 0}, values(norm.runningMean()));
      assertArrayEquals(new double[] {1, 1, 1}, values(norm.runningVar()));
      Tensor batches = Objects.requireNonNull(norm.namedBuffers().get("num_batches_tracked"));
      assertEquals(Shape.of(), batches.shape());
      assertEquals(DType.INT64, batches.dtype());
    }
  }

  @Test
  void optionsRemoveParametersAndBuffers() {
    try (BatchNorm2d bare = BatchNorm2d.builder(3).affine(false).trackRunningStats(false).build();
        BatchNorm2d noBias = BatchNorm2d.builder(3).bias(false).build();
        BatchNorm3d noWeight = BatchNorm3d.builder(3).weight(false).build()) {
      assertTrue(bare.stateDict().isEmpty());
      assertNull(noBias.bias());
      assertNotNull(noBias.weight());
      assertNull(noWeight.weight());
      assertNotNull(noWeight.bias());
    }
  }

  @Test
  void trainingUpdatesRunningStatisticsWithTheUnbiasedVariance() {
    try (BatchNorm1d norm = doubles(BatchNorm1d.builder(1))) {
      run(norm, new double[] {1, 3}, 2, 1);
      assertArrayEquals(new double[] {0.2}, values(norm.runningMean()), 1e-15);
      assertArrayEquals(new double[] {1.1}, values(norm.runningVar()), 1e-15);
      assertEquals(1, norm.numBatchesTracked());
    }
  }

  @Test
  void cumulativeAverageWeighsEveryBatchAlike() {
    try (BatchNorm1d norm = doubles(BatchNorm1d.builder(1).cumulative())) {
      run(norm, new double[] {0, 2}, 2, 1);
      run(norm, new double[] {0, 0, 0, 4}, 4, 1);
      assertArrayEquals(new double[] {1.0}, values(norm.runningMean()), 1e-15);
      assertArrayEquals(new double[] {3.0}, values(norm.runningVar()), 1e-15);
      assertEquals(2, norm.numBatchesTracked());
      norm.resetRunningStats();
      assertEquals(0, norm.numBatchesTracked());
      assertArrayEquals(new double[] {1}, values(norm.runningVar()));
    }
  }

  @Test
  void epsInTheVarianceIsReported() {
    try (BatchNorm1d norm =
        doubles(BatchNorm1d.builder(1).eps(0.5).epsMode(EpsMode.IN_VARIANCE).momentum(1))) {
      run(norm, new double[] {1, 3}, 2, 1);
      assertArrayEquals(new double[] {(1 + 0.5) * 2}, values(norm.runningVar()), 1e-15);
    }
  }

  @Test
  void evaluationUsesTheRunningStatisticsAndChangesNothing() {
    try (BatchNorm1d norm = doubles(BatchNorm1d.builder(1))) {
      norm.eval();
      assertArrayEquals(
          new double[] {2 / Math.sqrt(1 + 1e-5)}, run(norm, new double[] {2}, 1, 1), 1e-15);
      assertEquals(0, norm.numBatchesTracked());
      assertArrayEquals(new double[] {1}, values(norm.runningVar()));
    }
  }

  @Test
  void withoutRunningStatisticsEvaluationUsesTheBatch() {
    try (BatchNorm1d norm = doubles(BatchNorm1d.builder(1).trackRunningStats(false).eps(0))) {
      norm.eval();
      assertArrayEquals(new double[] {-1, 1}, run(norm, new double[] {5, 9}, 2, 1), 1e-15);
      assertNull(norm.runningMean());
      assertThrows(IllegalStateException.class, () -> norm.setFrozen(true));
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> BatchNorm1d.builder(1).trackRunningStats(false).frozen(true).build());
  }

  @Test
  void frozenStatisticsServeInTrainingAndStay() {
    try (BatchNorm1d norm = doubles(BatchNorm1d.builder(1).frozen(true).eps(0));
        Tape tape = Tape.open()) {
      assertTrue(norm.isFrozen() && norm.isTraining());
      Variable x = Variable.leaf(tape.scope().of(new double[] {5, 9}, 2, 1));
      Variable y = norm.forward(x);
      assertArrayEquals(new double[] {5, 9}, y.value().toDoubleArray(), 1e-15);
      Sums.sum(y).backward();
      assertArrayEquals(new double[] {1, 1}, values(x.grad()), 1e-15);
      Parameter weight = Objects.requireNonNull(norm.weight());
      assertArrayEquals(new double[] {14}, values(weight.grad()), 1e-15);
      assertArrayEquals(new double[] {0}, values(norm.runningMean()));
      assertEquals(0, norm.numBatchesTracked());
      weight.setTrainable(false);
      assertNull(weight.grad());
      Sums.sum(norm.forward(x)).backward();
      assertNull(weight.grad());
    }
  }

  @Test
  void oneValuePerChannelIsAnErrorInTrainingOnly() {
    try (BatchNorm1d norm = doubles(BatchNorm1d.builder(2))) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> run(norm, new double[] {1, 2}, 1, 2));
      assertEquals(
          "batchNorm: x has one value per channel in shape [1, 2], expected more than one in"
              + " training",
          e.getMessage());
      assertEquals(0, norm.numBatchesTracked());
      assertArrayEquals(new double[] {0, 0}, values(norm.runningMean()));
      norm.eval();
      assertEquals(2, run(norm, new double[] {1, 2}, 1, 2).length);
    }
  }

  @Test
  void wrongShapesAndOptionsAreRefused() {
    try (BatchNorm1d one = doubles(BatchNorm1d.builder(2));
        BatchNorm2d two = new BatchNorm2d(2);
        BatchNorm3d three = new BatchNorm3d(2)) {
      assertMessage(
          "batchNorm1d: x has shape [2], expected [N, C] or [N, C, L]",
          () -> run(one, new double[2], 2));
      assertMessage(
          "batchNorm1d: x has 3 channels in shape [2, 3], expected 2",
          () -> run(one, new double[6], 2, 3));
      assertMessage(
          "batchNorm2d: x has shape [1, 2, 2], expected 4 dimensions, [N, C, H, W]",
          () -> run(two, new double[4], 1, 2, 2));
      assertMessage(
          "batchNorm3d: x has shape [1, 2, 2, 1], expected 5 dimensions, [N, C, D, H, W]",
          () -> run(three, new double[4], 1, 2, 2, 1));
    }
    assertMessage(
        "batchNorm: momentum is NaN, expected 0 to 1",
        () -> BatchNorm1d.builder(2).momentum(Double.NaN));
    assertMessage(
        "batchNorm: eps is -1.0, expected 0 or more", () -> BatchNorm1d.builder(2).eps(-1));
    assertMessage(
        "batchNorm1d: numFeatures is 0, expected 1 or more", () -> new BatchNorm1d(0).close());
  }

  private static void assertMessage(String message, org.junit.jupiter.api.function.Executable run) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, run).getMessage());
  }

  @Test
  void channelsLastGivesTheSameNumbers() {
    try (BatchNorm2d first = BatchNorm2d.builder(2).build();
        BatchNorm2d last = BatchNorm2d.builder(2).layout(Layout.NHWC).build()) {
      first.to(DType.FLOAT64);
      last.to(DType.FLOAT64);
      double[] a = run(first, new double[] {1, 2, 10, 30, 5, 6, 70, 20}, 2, 2, 1, 2);
      double[] b = run(last, new double[] {1, 10, 2, 30, 5, 70, 6, 20}, 2, 1, 2, 2);
      assertArrayEquals(new double[] {a[0], a[2], a[1], a[3], a[4], a[6], a[5], a[7]}, b, 1e-14);
      assertArrayEquals(values(first.runningVar()), values(last.runningVar()), 1e-12);
    }
  }

  @Test
  void decayIsTheOppositeOfMomentum() {
    assertEquals(0.25, BatchNorm.momentumFromDecay(0.75));
    try (BatchNorm1d norm = new BatchNorm1d(1)) {
      assertFalse(norm.isFrozen());
    }
  }
}
