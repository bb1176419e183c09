package dev.panorm.ffi.openblas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What would make C write where it must not is refused before the call. */
class BlasArgumentsTest {

  private static final int M = 3;
  private static final int N = 4;
  private static final int K = 5;

  private final Arena arena = Arena.ofConfined();
  private MemorySegment a = MemorySegment.NULL;
  private MemorySegment b = MemorySegment.NULL;
  private MemorySegment c = MemorySegment.NULL;

  @BeforeEach
  void exactlyLargeEnough() {
    a = arena.allocate(M * K * 4L, 64);
    b = arena.allocate(K * N * 4L, 64);
    c = arena.allocate(M * N * 4L, 64);
    c.fill((byte) 7);
  }

  @AfterEach
  void nothingWasWritten() {
    if (c.scope().isAlive()) {
      for (long i = 0; i < c.byteSize(); i++) {
        assertEquals(7, c.get(ValueLayout.JAVA_BYTE, i));
      }
      arena.close();
    }
  }

  @Test
  void negativeDimensions() {
    assertRefused("sgemm: m is -1", () -> gemm(-1, N, K, a, 0, K, b, 0, N, c, 0, N));
    assertRefused("sgemm: n is -1", () -> gemm(M, -1, K, a, 0, K, b, 0, N, c, 0, N));
    assertRefused("sgemm: k is -1", () -> gemm(M, N, -1, a, 0, K, b, 0, N, c, 0, N));
  }

  @Test
  void shortLeadingDimensions() {
    assertRefused("sgemm: lda is 4", () -> gemm(M, N, K, a, 0, K - 1, b, 0, N, c, 0, N));
    assertRefused("sgemm: ldb is 3", () -> gemm(M, N, K, a, 0, K, b, 0, N - 1, c, 0, N));
    assertRefused("sgemm: ldc is 0", () -> gemm(M, N, K, a, 0, K, b, 0, N, c, 0, 0));
  }

  @Test
  void matricesThatLeaveTheirSegment() {
    assertRefused("sgemm: a has", () -> gemm(M + 1, N, K, a, 0, K, b, 0, N, c, 0, N));
    assertRefused("sgemm: a has", () -> gemm(M, N, K, a, 0, K + 1, b, 0, N, c, 0, N));
    assertRefused("sgemm: b has", () -> gemm(M, N, K, a, 0, K, b, 4, N, c, 0, N));
    assertRefused("sgemm: c has", () -> gemm(M, N, K, a, 0, K, b, 0, N, c, -4, N));
    assertRefused("sgemm: c has", () -> gemm(M, N, K, a, 0, K, b, 0, N, c, 0, Integer.MAX_VALUE));
    assertRefused("sgemm: c has", () -> gemm(M, N, K, a, 0, K, b, 0, N, c, Long.MAX_VALUE, N));
  }

  @Test
  void memoryOfTheWrongKind() {
    MemorySegment heap = MemorySegment.ofArray(new float[M * K]);
    assertRefused(
        "sgemm: a is on the Java heap", () -> gemm(M, N, K, heap, 0, K, b, 0, N, c, 0, N));
    MemorySegment readOnly = c.asReadOnly();
    assertRefused("sgemm: c is read-only", () -> gemm(M, N, K, a, 0, K, b, 0, N, readOnly, 0, N));
    assertRefused("not a multiple of 4", () -> gemm(M - 1, N, K, a, 2, K, b, 0, N, c, 0, N));
  }

  @Test
  void closedMemory() {
    arena.close();
    IllegalStateException failure =
        assertThrows(IllegalStateException.class, () -> gemm(M, N, K, a, 0, K, b, 0, N, c, 0, N));
    assertTrue(failure.toString().contains("closed"), failure.toString());
  }

  @Test
  void vectorsOfGemv() {
    OpenBlas blas = OpenBlas.load();
    assertRefused(
        "sgemv: incx is 0", () -> blas.sgemv(false, M, K, 1, a, 0, K, b, 0, 0, 0, c, 0, 1));
    assertRefused(
        "sgemv: x has", () -> blas.sgemv(false, M, K, 1, a, 0, K, b, 4 * 16, 1, 0, c, 0, 1));
    assertRefused("dgemv: y has", () -> blas.dgemv(true, 1, 5, 1, a, 0, 5, b, 0, 1, 0, c, 16, 1));
  }

  private static void gemm(
      int m,
      int n,
      int k,
      MemorySegment a,
      long aOffset,
      int lda,
      MemorySegment b,
      long bOffset,
      int ldb,
      MemorySegment c,
      long cOffset,
      int ldc) {
    OpenBlas.load()
        .sgemm(false, false, m, n, k, 1, a, aOffset, lda, b, bOffset, ldb, 0, c, cOffset, ldc);
  }

  private static void assertRefused(String expected, Runnable call) {
    String message = assertThrows(IllegalArgumentException.class, call::run).toString();
    assertTrue(message.contains(expected), message);
  }
}
