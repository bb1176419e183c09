package dev.panorm.internal.backend.cpu;

import dev.panorm.Activation;
import dev.panorm.DType;
import dev.panorm.Layout;
import dev.panorm.backend.Backends;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Family;
import dev.panorm.backend.NormPlan.Residual;
import dev.panorm.backend.Operation;
import dev.panorm.testkit.BitsOfRuns;
import dev.panorm.testkit.NormCase;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Norms, what stands before and behind them included, have the same bits in C and on the Vector
 * API, and with one thread and two. The run with C leaves its bits to the run without.
 */
@Tag("norms")
class NormBitsTest {

  /**
   * Every way through the loops, with lengths that leave a rest; the last two stream on one thread
   * and on two, the one before them on one and its dx on two, dx of the one before that on one.
   */
  private static Stream<NormCase> geometries() {
    return Stream.of(
        NormCase.of(Family.SLAB, Layout.NCHW, 5, 3, 1, 1),
        NormCase.of(Family.SLAB, Layout.NCHW, 37, 23, 1, 1),
        NormCase.of(Family.SLAB, Layout.NCHW, 131, 770, 1, 1),
        NormCase.of(Family.SLAB, Layout.NCHW, 7, 4101, 1, 1),
        NormCase.of(Family.SLAB, Layout.NCHW, 2, 36, 53, 6),
        NormCase.of(Family.SLAB, Layout.NCHW, 2, 5, 2501, 5),
        NormCase.of(Family.SLAB, Layout.NHWC, 2, 36, 53, 6),
        NormCase.of(Family.SLAB, Layout.NHWC, 2, 5, 2501, 5),
        NormCase.of(Family.CHANNEL, Layout.NCHW, 9, 3, 2060, 1),
        NormCase.of(Family.CHANNEL, Layout.NCHW, 9, 30, 49, 1),
        NormCase.of(Family.CHANNEL, Layout.NCHW, 33, 7, 1000, 1),
        NormCase.of(Family.CHANNEL, Layout.NCHW, 65, 1030, 1, 1),
        NormCase.of(Family.CHANNEL, Layout.NHWC, 9, 37, 90, 1),
        NormCase.of(Family.CHANNEL, Layout.NHWC, 9, 32, 90, 1),
        NormCase.of(Family.CHANNEL, Layout.NHWC, 9, 64, 90, 1),
        NormCase.of(Family.CHANNEL, Layout.NHWC, 3, 2051, 11, 1),
        NormCase.of(Family.CHANNEL, Layout.NHWC, 3, 2048, 11, 1),
        NormCase.of(Family.SLAB, Layout.NCHW, 301, 4101, 1, 1),
        NormCase.of(Family.CHANNEL, Layout.NHWC, 64, 37, 901, 1),
        NormCase.of(Family.SLAB, Layout.NCHW, 3200, 1001, 1, 1),
        NormCase.of(Family.CHANNEL, Layout.NHWC, 33, 80, 1201, 1));
  }

  private static List<NormCase> cases() {
    List<NormCase> cases = new ArrayList<>();
    geometries()
        .forEach(
            norm -> {
              for (Residual residual : Residual.values()) {
                for (Activation activation : Activation.values()) {
                  NormCase fused = norm.with(residual, activation);
                  cases.add(fused);
                  if (norm.plan().family() == Family.CHANNEL) {
                    cases.add(fused.withGivenStatistics());
                  }
                }
              }
            });
    return cases;
  }

  /** A line for each case: the hash of each of its results. */
  private static List<String> bits() {
    List<String> lines = new ArrayList<>();
    for (NormCase norm : cases()) {
      NormPlan plan = norm.plan();
      StringBuilder line = new StringBuilder(norm.toString());
      norm.run(
              Backends.select(Operation.NORM, DType.FLOAT32, plan.elements()).norms(),
              DType.FLOAT32)
          .forEach((name, values) -> line.append(' ' + name + ' ' + Arrays.hashCode(values)));
      lines.add(line.toString());
    }
    return lines;
  }

  @Test
  void theSameInCAndInJavaAndForAnyNumberOfThreads() {
    BitsOfRuns.compare("norm-bits.txt", NormBitsTest::bits);
  }
}
