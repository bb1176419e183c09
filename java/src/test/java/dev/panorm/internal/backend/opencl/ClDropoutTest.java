package dev.panorm.internal.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.panorm.DType;
import dev.panorm.RandomStream;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.DropKernels;
import dev.panorm.backend.DropPlan;
import dev.panorm.internal.backend.reference.ReferenceBackend;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The device drops what the reference drops, on both profiles. */
class ClDropoutTest {

  private static final long ELEMENTS = 5 * 7 * 2 * 1031;
  private static final RandomStream STREAM = new RandomStream(0x9E3779B97F4A7C15L, -3);
  private static final DropKernels REFERENCE = new ReferenceBackend().dropout();

  private static final List<ClContext> CONTEXTS =
      List.of(TestDevices.open(LaunchProfile.CPU), TestDevices.open(LaunchProfile.GPU));

  private static final List<DropPlan> PLANS =
      List.of(
          DropPlan.inverted(0.3),
          DropPlan.inverted(0),
          DropPlan.inverted(1),
          DropPlan.inverted(0.5).withUnit(7),
          DropPlan.inverted(0.5).withUnit(1031),
          new DropPlan(1, 0.4, 1.5, 0.25, -2, 0),
          new DropPlan(1, 0.4, 1, 0, 0, 1031),
          new DropPlan(2, 0.4, 1, 0, 0, 35),
          new DropPlan(1, 1, 1, 0, 0, 5));

  static Stream<Arguments> cases() {
    return CONTEXTS.stream()
        .flatMap(
            context ->
                PLANS.stream()
                    .flatMap(
                        plan ->
                            Stream.of(DType.FLOAT32, DType.FLOAT64)
                                .map(dtype -> Arguments.of(context, plan, dtype))));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void dropsWhatTheReferenceDrops(ClContext context, DropPlan plan, DType dtype) {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.zeros(dtype, ELEMENTS);
      x.fill(i -> 1 + i % 11);
      Tensor expected = scope.emptyLike(x);
      Tensor got = scope.emptyLike(x);
      REFERENCE.drop(plan, STREAM, x, expected);
      new ClDropout(context).drop(plan, STREAM, x, got);
      double[] want = expected.toDoubleArray();
      double[] have = got.toDoubleArray();
      assertArrayEquals(mask(plan, want), mask(plan, have));
      // One rounding of the scale, one of the result.
      double rounding = dtype == DType.FLOAT32 ? 0x1p-22 : 0x1p-51;
      for (int i = 0; i < want.length; i++) {
        assertEquals(want[i], have[i], Math.abs(want[i]) * rounding, "at " + i);
      }
    }
  }

  /** Which elements were dropped: no kept one of these inputs comes out as what stands for them. */
  private static boolean[] mask(DropPlan plan, double[] values) {
    boolean[] dropped = new boolean[values.length];
    for (int i = 0; i < values.length; i++) {
      dropped[i] = values[i] == plan.dropped();
    }
    return dropped;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void dropsInPlace(ClContext context, DropPlan plan, DType dtype) {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.zeros(dtype, ELEMENTS);
      x.fill(i -> 1 + i % 11);
      Tensor apart = scope.emptyLike(x);
      new ClDropout(context).drop(plan, STREAM, x, apart);
      new ClDropout(context).drop(plan, STREAM, x, x);
      assertArrayEquals(apart.toDoubleArray(), x.toDoubleArray());
    }
  }
}
