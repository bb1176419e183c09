package dev.panorm.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.Layout;
import dev.panorm.Tensor;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class InstanceNormTest {

  private static final double[] X = {1, 3, 0, 4, 5, 7, 1, 1};

  private static double[] run(Module module, double[] x, long... dims) {
    try (Tape tape = Tape.open()) {
      return module.forward(Variable.of(tape.scope().of(x, dims))).value().toDoubleArray();
    }
  }

  private static double[] values(@Nullable Tensor tensor) {
    return Objects.requireNonNull(tensor).toDoubleArray();
  }

  @Test
  void runningStatisticsAreAveragesOverTheSamples() {
    try (InstanceNorm1d norm = InstanceNorm1d.builder(2).trackRunningStats(true).build()) {
      norm.to(DType.FLOAT64);
      run(norm, X, 2, 2, 2);
      assertArrayEquals(new double[] {0.4, 0.15}, values(norm.runningMean()), 1e-14);
      assertArrayEquals(new double[] {1.1, 1.3}, values(norm.runningVar()), 1e-14);
      assertEquals(1, norm.numBatchesTracked());
      norm.eval();
      double[] y = run(norm, new double[] {0.4, 1.4, 0.15, 0.15}, 1, 2, 2);
      assertArrayEquals(new double[] {0, 1 / Math.sqrt(1.1 + 1e-5), 0, 0}, y, 1e-14);
      assertEquals(1, norm.numBatchesTracked());
    }
  }

  @Test
  void cumulativeAverageIsHonoured() {
    try (InstanceNorm1d norm =
        InstanceNorm1d.builder(1).trackRunningStats(true).cumulative().build()) {
      norm.to(DType.FLOAT64);
      run(norm, new double[] {0, 2}, 1, 1, 2);
      run(norm, new double[] {0, 0, 0, 4}, 1, 1, 4);
      assertArrayEquals(new double[] {1}, values(norm.runningMean()), 1e-14);
      assertArrayEquals(new double[] {3}, values(norm.runningVar()), 1e-14);
    }
  }

  @Test
  void theBatchDimensionMayBeMissing() {
    try (InstanceNorm2d norm = InstanceNorm2d.builder(2).affine(true).build();
        InstanceNorm2d last = InstanceNorm2d.builder(2).layout(Layout.NHWC).build()) {
      norm.to(DType.FLOAT64);
      double[] batched = run(norm, X, 1, 2, 2, 2);
      assertArrayEquals(batched, run(norm, X, 2, 2, 2));
      double[] y = run(last, new double[] {1, 5, 3, 7, 0, 1, 4, 1}, 2, 2, 2);
      assertArrayEquals(
          new double[] {batched[0], batched[4], batched[1], batched[5]},
          new double[] {y[0], y[1], y[2], y[3]},
          1e-14);
    }
  }

  @Test
  void byDefaultThereIsNoState() {
    try (InstanceNorm3d norm = new InstanceNorm3d(2)) {
      assertTrue(norm.stateDict().isEmpty());
    }
  }

  @Test
  void wrongShapesAreRefused() {
    try (InstanceNorm1d norm = new InstanceNorm1d(2)) {
      assertMessage(
          "instanceNorm1d: x has one position per channel in shape [3, 2, 1], expected more than"
              + " one",
          () -> run(norm, new double[6], 3, 2, 1));
      assertMessage(
          "instanceNorm1d: x has 3 channels in shape [2, 3, 1], expected 2",
          () -> run(norm, new double[6], 2, 3, 1));
      assertMessage(
          "instanceNorm1d: x has shape [2], expected 3 dimensions, or 2 without the batch",
          () -> run(norm, new double[2], 2));
    }
  }

  private static void assertMessage(String message, org.junit.jupiter.api.function.Executable run) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, run).getMessage());
  }
}
