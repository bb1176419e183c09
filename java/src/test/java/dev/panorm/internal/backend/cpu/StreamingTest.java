package dev.panorm.internal.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.panorm.Activation;
import dev.panorm.DType;
import dev.panorm.Layout;
import dev.panorm.Panorm;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.Backends;
import dev.panorm.backend.NormKernels;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Family;
import dev.panorm.backend.NormStats;
import dev.panorm.backend.Operation;
import dev.panorm.testkit.BackendTest;
import dev.panorm.testkit.NormCase;
import dev.panorm.testkit.NormsInC;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The C kernels give the same bits whether results stream or are written in place, which never
 * streams, and whether there is something else to be done around the norm: a residual of zeros that
 * is added behind it, or to dx; wherever the memory begins.
 */
class StreamingTest {

  private static final long SEED = 20_261_121;

  private static int threads;

  /** Several threads leave results of up to 12 MiB to the caches. */
  @BeforeAll
  static void thereAreNormsInCOnOneThread() {
    NormsInC.require();
    threads = Panorm.threads();
    Panorm.setThreads(1);
  }

  @AfterAll
  static void asManyThreadsAsBefore() {
    Panorm.setThreads(threads);
  }

  /**
   * Of 8 MiB and a little more, then of less: every way through the kernels, with lengths that
   * leave a rest.
   */
  static Stream<NormCase> cases() {
    return Stream.concat(
        plain(),
        plain()
            .filter(norm -> norm.plan().family() == Family.CHANNEL)
            .map(norm -> norm.with(NormPlan.Residual.NONE, Activation.RELU)));
  }

  private static Stream<NormCase> plain() {
    return Stream.of(
        NormCase.of(Family.SLAB, Layout.NCHW, 5, 3, 1, 1),
        NormCase.of(Family.SLAB, Layout.NCHW, 37, 23, 1, 1),
        NormCase.of(Family.SLAB, Layout.NCHW, 131, 770, 1, 1),
        NormCase.of(Family.SLAB, Layout.NCHW, 3, 4101, 1, 1),
        NormCase.of(Family.SLAB, Layout.NCHW, 2, 6, 5, 3),
        NormCase.of(Family.SLAB, Layout.NCHW, 2, 36, 53, 6),
        NormCase.of(Family.SLAB, Layout.NCHW, 2, 5, 2501, 5),
        NormCase.of(Family.CHANNEL, Layout.NCHW, 9, 3, 2060, 1),
        NormCase.of(Family.CHANNEL, Layout.NCHW, 1, 7, 1100, 1),
        NormCase.of(Family.CHANNEL, Layout.NCHW, 90, 3, 3137, 1),
        NormCase.of(Family.SLAB, Layout.NHWC, 2, 330, 261, 33),
        NormCase.of(Family.SLAB, Layout.NCHW, 1, 8, 70_001, 2),
        NormCase.of(Family.SLAB, Layout.NCHW, 2100, 1001, 1, 1),
        NormCase.of(Family.SLAB, Layout.NCHW, 645, 3333, 1, 1),
        NormCase.of(Family.SLAB, Layout.NCHW, 500, 5003, 1, 1),
        NormCase.of(Family.SLAB, Layout.NCHW, 199, 12_289, 1, 1),
        NormCase.of(Family.SLAB, Layout.NCHW, 31, 70_001, 1, 1),
        NormCase.of(Family.SLAB, Layout.NCHW, 16, 128, 1027, 32),
        NormCase.of(Family.CHANNEL, Layout.NCHW, 16, 128, 1027, 1),
        NormCase.of(Family.CHANNEL, Layout.NCHW, 3, 7, 100_003, 1),
        NormCase.of(Family.CHANNEL, Layout.NCHW, 18, 60, 2051, 1),
        NormCase.of(Family.CHANNEL, Layout.NCHW, 90, 8, 3137, 1),
        NormCase.of(Family.CHANNEL, Layout.NCHW, 70, 643, 49, 1),
        NormCase.of(Family.CHANNEL, Layout.NCHW, 33, 97, 1000, 1),
        NormCase.of(Family.SLAB, Layout.NHWC, 4, 33, 16_001, 11),
        NormCase.of(Family.CHANNEL, Layout.NHWC, 64, 37, 901, 1),
        NormCase.of(Family.CHANNEL, Layout.NHWC, 1, 2051, 1027, 1));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void sameBits(NormCase norm) {
    BackendTest.on(
        "vector",
        () -> {
          for (int skipped = 0; skipped < 2; skipped++) {
            try (Arena arena = Arena.ofShared()) {
              new Run(norm, arena, skipped).compare();
            }
          }
        });
  }

  /** One norm on data that begins {@code skipped} elements behind an aligned address. */
  private static final class Run {

    private final NormPlan plan;
    private final NormPlan added;
    private final Arena arena;
    private final int skipped;
    private final Random random = new Random(SEED);
    private final NormKernels kernels;
    private final Affine affine;
    private final Affine gradient;
    private final NormStats saved;

    Run(NormCase norm, Arena arena, int skipped) {
      plan = norm.plan();
      added = norm.with(NormPlan.Residual.AFTER_NORM, plan.activation()).plan();
      this.arena = arena;
      this.skipped = skipped;
      kernels = Backends.select(Operation.NORM, DType.FLOAT32, plan.elements()).norms();
      affine = new Affine(random(plan.channels()), random(plan.channels()));
      gradient = new Affine(empty(plan.channels()), empty(plan.channels()));
      long sets = plan.statistics();
      saved = new NormStats(empty(sets), empty(sets), empty(sets));
    }

    void compare() {
      Tensor x = random(plan.elements());
      Tensor y = empty(plan.elements());
      Tensor inPlace = copy(x);
      forward(inPlace, inPlace, null);
      forward(x, y, null);
      assertSame(inPlace, y, "y in place");
      forward(x, inPlace, zeros());
      assertSame(inPlace, y, "y with a residual");

      Tensor dy = random(plan.elements());
      Tensor dx = empty(plan.elements());
      Tensor over = copy(dy);
      backward(x, over, null, over);
      Tensor dweight = copy(Objects.requireNonNull(gradient.weight()));
      backward(x, dy, null, dx);
      assertSame(over, dx, "dx in place");
      assertSame(dweight, Objects.requireNonNull(gradient.weight()), "gradient of weight");
      backward(x, dy, zeros(), over);
      assertSame(over, dx, "dx with another gradient");
    }

    private void forward(Tensor x, Tensor y, @Nullable Tensor residual) {
      NormPlan wanted = residual == null ? plan : added;
      kernels.forward(wanted, x, residual, affine, null, y, null, saved);
    }

    private void backward(Tensor x, Tensor dy, @Nullable Tensor dsum, Tensor dx) {
      kernels.backward(plan, x, null, affine, saved, dy, dsum, dx, null, gradient);
    }

    private Tensor zeros() {
      return empty(plan.elements());
    }

    private void assertSame(Tensor expected, Tensor got, String name) {
      long at = expected.segment().mismatch(got.segment());
      assertEquals(-1, at, () -> name + " of " + plan + " at byte " + at + ", seed " + SEED);
    }

    private Tensor empty(long n) {
      MemorySegment memory = arena.allocate((n + skipped) * Float.BYTES, 64);
      return Tensor.wrap(memory.asSlice(skipped * (long) Float.BYTES), DType.FLOAT32, n);
    }

    private Tensor copy(Tensor tensor) {
      Tensor to = empty(tensor.shape().elements());
      to.segment().copyFrom(tensor.segment());
      return to;
    }

    private Tensor random(long n) {
      Tensor tensor = empty(n);
      MemorySegment memory = tensor.segment();
      for (long i = 0; i < n; i++) {
        memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, 0.5f + 1.5f * random.nextFloat());
      }
      return tensor;
    }
  }
}
