package dev.panorm.ffi.openblas;

import dev.panorm.ffi.Downcalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * LAPACK's {@code syevd} for either precision. LAPACK is column-major: its eigenvectors are columns
 * there, hence rows here, and its lower triangle is the upper one here.
 */
record SymmetricEigenproblem(String function, ValueLayout element, MethodHandle handle) {

  private static final byte WITH_VECTORS = 'V';
  private static final byte LOWER = 'L';

  /** Overwrites the n x n matrix {@code a} with its eigenvectors; the eigenvalues go to w. */
  void solve(int n, MemorySegment a, long aOffset, int lda, MemorySegment w, long wOffset) {
    int bytes = (int) element.byteSize();
    BlasArguments.requireDimension(function, "n", n);
    BlasArguments.requireWritable(function, "a", a);
    BlasArguments.requireWritable(function, "w", w);
    long aStart = BlasArguments.matrix(function, "a", a, aOffset, n, n, lda, bytes);
    long wStart = BlasArguments.vector(function, "w", w, wOffset, n, 1, bytes);
    solve(n, aStart, lda, wStart);
  }

  private void solve(int n, long a, int lda, long w) {
    long workElements = 1 + 6L * n + 2L * n * n;
    long integerElements = 3 + 5L * n;
    if (workElements > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          function
              + ": n is "
              + n
              + ", expected at most 32766, beyond which LAPACK's workspace"
              + " does not fit its 32-bit sizes");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = integer(arena, 0);
      handle.invokeExact(
          arena.allocateFrom(ValueLayout.JAVA_BYTE, WITH_VECTORS),
          arena.allocateFrom(ValueLayout.JAVA_BYTE, LOWER),
          integer(arena, n),
          a,
          integer(arena, lda),
          w,
          arena.allocate(MemoryLayout.sequenceLayout(workElements, element)),
          integer(arena, (int) workElements),
          arena.allocate(MemoryLayout.sequenceLayout(integerElements, ValueLayout.JAVA_INT)),
          integer(arena, (int) integerElements),
          info,
          1L,
          1L);
      requireConverged(info.get(ValueLayout.JAVA_INT, 0));
    } catch (ArithmeticException notConverged) {
      throw notConverged;
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }

  private void requireConverged(int info) {
    if (info != 0) {
      throw new ArithmeticException(function + ": no convergence (LAPACK info " + info + ")");
    }
  }

  private static MemorySegment integer(Arena arena, int value) {
    return arena.allocateFrom(ValueLayout.JAVA_INT, value);
  }
}
