package dev.panorm.internal.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.Activation;
import dev.panorm.DType;
import dev.panorm.EpsMode;
import dev.panorm.Layout;
import dev.panorm.Panorm;
import dev.panorm.PanormException;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Family;
import dev.panorm.backend.NormPlan.Residual;
import dev.panorm.backend.NormStats;
import dev.panorm.kernels.LaunchShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Where data lies, when it moves, and that nothing is left behind. */
class ClMemoryTest {

  private static final long ROWS = 6;
  private static final long N = 5;

  /** A launch profile, which decides whose memory the kernels use, on the device. */
  record Kind(boolean own, ClContext context, ClNorms norms) {

    static Kind of(LaunchProfile profile) {
      ClContext context = TestDevices.open(profile);
      return new Kind(profile.ownMemory(), context, new ClNorms(context));
    }

    @Override
    public String toString() {
      return own ? "own memory" : "shared memory";
    }
  }

  private static final List<Kind> KINDS =
      List.of(Kind.of(LaunchProfile.CPU), Kind.of(LaunchProfile.GPU));

  static List<Kind> kinds() {
    return KINDS;
  }

  private static NormPlan plan(long rows) {
    return new NormPlan(
        Family.SLAB,
        true,
        rows,
        N,
        1,
        1,
        Layout.NCHW,
        1e-5,
        EpsMode.INSIDE_SQRT,
        Residual.NONE,
        Activation.IDENTITY);
  }

  private static Tensor ramp(Scope scope) {
    Tensor x = scope.empty(DType.FLOAT32, ROWS, N);
    for (int i = 0; i < ROWS * N; i++) {
      x.slice(i / N, i / N + 1).view(N).slice(i % N, i % N + 1).fill(i * i);
    }
    return x;
  }

  private static void norm(Kind kind, Tensor x, Tensor y) {
    kind.norms().forward(plan(x.dim(0)), x, null, Affine.NONE, null, y, null, null);
  }

  private static float[] expected(Kind kind) {
    try (Scope scope = Scope.open()) {
      Tensor y = scope.empty(DType.FLOAT32, ROWS, N);
      norm(kind, ramp(scope), y);
      return y.toFloatArray();
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void worksOnViewsThatStartAnywhere(Kind kind) {
    try (Scope scope = Scope.open()) {
      Tensor x = ramp(scope);
      Tensor y = scope.full(7, DType.FLOAT32, x.shape());
      norm(kind, x.slice(1, 3), y.slice(1, 3));
      float[] whole = expected(kind);
      float[] got = y.toFloatArray();
      for (int i = 0; i < got.length; i++) {
        boolean inside = i >= N && i < 3 * N;
        assertEquals(inside ? whole[i] : 7, got[i], 0, "element " + i);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void worksOnMemoryOfTheUsers(Kind kind) {
    try (Scope scope = Scope.open();
        Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(2 * ROWS * N * Float.BYTES, 4);
      Tensor x = Tensor.wrap(segment.asSlice(0, ROWS * N * Float.BYTES), DType.FLOAT32, ROWS, N);
      Tensor y = Tensor.wrap(segment.asSlice(ROWS * N * Float.BYTES), DType.FLOAT32, ROWS, N);
      x.copyFrom(ramp(scope));
      norm(kind, x, y);
      assertArrayEquals(
          expected(kind), segment.asSlice(ROWS * N * Float.BYTES).toArray(ValueLayout.JAVA_FLOAT));
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void seesWhatTheHostWritesInBetween(Kind kind) {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.zeros(DType.FLOAT32, ROWS, N);
      Tensor y = scope.emptyLike(x);
      norm(kind, x, y);
      assertArrayEquals(new float[(int) (ROWS * N)], y.toFloatArray());
      x.copyFrom(ramp(scope));
      norm(kind, x, y);
      assertArrayEquals(expected(kind), y.toFloatArray());
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void writesGradientsOverTheUpstreamGradient(Kind kind) {
    try (Scope scope = Scope.open()) {
      Tensor x = ramp(scope);
      Tensor y = scope.emptyLike(x);
      NormStats saved =
          new NormStats(
              scope.empty(DType.FLOAT32, ROWS),
              scope.empty(DType.FLOAT32, ROWS),
              scope.empty(DType.FLOAT32, ROWS));
      kind.norms().forward(plan(ROWS), x, null, Affine.NONE, null, y, null, saved);
      Tensor dy = scope.copyOf(y);
      Tensor apart = scope.emptyLike(x);
      dy.slice(0, 1).fill(0.25);
      kind.norms()
          .backward(plan(ROWS), x, null, Affine.NONE, saved, dy, null, apart, null, Affine.NONE);
      kind.norms()
          .backward(plan(ROWS), x, null, Affine.NONE, saved, dy, null, dy, null, Affine.NONE);
      assertArrayEquals(apart.toFloatArray(), dy.toFloatArray());
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void keepsOnlyWhatHasItsOwnMemoryOnTheDevice(Kind kind) {
    try (Scope scope = Scope.open()) {
      Tensor x = ramp(scope);
      Tensor y = scope.emptyLike(x);
      norm(kind, x, y);
      if (kind.own()) {
        assertNotNull(y.storage().deviceSide());
      } else {
        assertNull(y.storage().deviceSide());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void leavesNothingBehind(Kind kind) {
    step(kind);
    long buffers = kind.context().liveBuffers();
    long kernels = kind.context().liveKernels();
    long live = Panorm.memory().liveBytes();
    for (int i = 0; i < 2000; i++) {
      step(kind);
    }
    assertEquals(buffers, kind.context().liveBuffers());
    assertEquals(kernels, kind.context().liveKernels());
    assertEquals(live, Panorm.memory().liveBytes());
  }

  private static void step(Kind kind) {
    try (Scope scope = Scope.open()) {
      Tensor x = scope.full(1, DType.FLOAT32, Shape.of(ROWS, N));
      norm(kind, x, scope.emptyLike(x));
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void saysWhatTheDeviceRefused(Kind kind) {
    String message =
        assertThrows(
                PanormException.class,
                () -> {
                  try (ClCall call = new ClCall(kind.context(), "trial")) {
                    call.launch(
                            new ClKernels(
                                "copy", Map.of("DTYPE", 32), new LaunchShape(1, 8, false, false)),
                            "copy")
                        .sizes(1)
                        .groups(1);
                  }
                })
            .getMessage();
    assertTrue(
        String.valueOf(message).startsWith("trial: kernel copy {DTYPE=32} LaunchShape["), message);
  }
}
