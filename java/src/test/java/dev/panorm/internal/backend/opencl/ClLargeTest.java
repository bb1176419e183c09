package dev.panorm.internal.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.panorm.Activation;
import dev.panorm.DType;
import dev.panorm.EpsMode;
import dev.panorm.Layout;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Family;
import dev.panorm.backend.NormPlan.Residual;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** A tensor whose offsets fit no int, and which is larger than the device's largest buffer. */
class ClLargeTest {

  private static final long N = 1024;
  private static final long ROW_BYTES = N * Float.BYTES;

  /** So much memory must the device have beside the tensor. */
  private static final long MARGIN = 1L << 30;

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

  @Test
  void lastRowsAreThoseOfTheSameRowsAlone() {
    ClContext context = TestDevices.open(LaunchProfile.CPU);
    assumeTrue(context.device().sharesAddresses(), "only shared addresses go beyond a buffer");
    long bytes = Math.max(2L << 30, context.device().allocationBytes()) + (64L << 20);
    long rows = bytes / ROW_BYTES;
    assumeTrue(context.device().globalBytes() > bytes + MARGIN, "the device has too little memory");
    ClNorms norms = new ClNorms(context);
    try (Arena arena = Arena.ofShared();
        Scope scope = Scope.open()) {
      MemorySegment memory = arena.allocate(rows * ROW_BYTES, 128);
      Tensor large = Tensor.wrap(memory, DType.FLOAT32, rows, N);
      float[] tail = new float[(int) (3 * N)];
      for (int i = 0; i < tail.length; i++) {
        tail[i] = (i * 37) % 101;
      }
      long at = (rows - 3) * ROW_BYTES;
      MemorySegment.copy(tail, 0, memory, ValueLayout.JAVA_FLOAT, at, tail.length);
      norms.forward(plan(rows), large, null, Affine.NONE, null, large, null, null);
      Tensor small = scope.of(tail, 3, N);
      norms.forward(plan(3), small, null, Affine.NONE, null, small, null, null);
      float[] got = new float[tail.length];
      MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, at, got, 0, got.length);
      assertArrayEquals(small.toFloatArray(), got);
    }
  }
}
