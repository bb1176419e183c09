package dev.panorm.internal.backend.blas;

import dev.panorm.DType;
import dev.panorm.ffi.openblas.OpenBlas;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Whether OpenBLAS's results depend on how the rows of C are cut into calls.
 *
 * <p>Its kernels treat the last rows of a call in their own way, so an arbitrary cut shows in the
 * last bits. A cut at a multiple of their row blocks does not: in trials with thousands of random
 * products no bit differed with the kernels for Zen, Haswell, Sandybridge and Nehalem. Others may
 * be different, so it is tried once per process, which takes some 10 ms, before the first product
 * that is large enough to be cut.
 */
final class RowIndependence {

  private static final int ABOVE = 72;
  private static final int BELOW = 83;
  private static final int COLUMNS = 251;
  private static final int DEPTH = 467;
  private static final int VARIANTS = 8;

  private RowIndependence() {}

  static boolean holds(DType dtype) {
    return dtype == DType.FLOAT64 ? Float64.HOLDS : Float32.HOLDS;
  }

  private static final class Float32 {
    static final boolean HOLDS = tryAll(ValueLayout.JAVA_FLOAT);
  }

  private static final class Float64 {
    static final boolean HOLDS = tryAll(ValueLayout.JAVA_DOUBLE);
  }

  private static boolean tryAll(ValueLayout element) {
    try (Arena arena = Arena.ofConfined()) {
      int rows = ABOVE + BELOW;
      Trial trial =
          new Trial(
              element,
              filled(arena, element, rows * DEPTH),
              filled(arena, element, DEPTH * COLUMNS),
              filled(arena, element, rows * COLUMNS),
              filled(arena, element, rows * COLUMNS));
      for (int variant = 0; variant < VARIANTS; variant++) {
        if (!trial.sameBits((variant & 1) != 0, (variant & 2) != 0, (variant & 4) != 0)) {
          return false;
        }
      }
      return true;
    }
  }

  /** Values whose products round: a linear congruential sequence in [-1, 1). */
  private static MemorySegment filled(Arena arena, ValueLayout element, int count) {
    MemorySegment segment = arena.allocate(count * element.byteSize(), 64);
    long state = count;
    for (int i = 0; i < count; i++) {
      state = state * 6364136223846793005L + 1442695040888963407L;
      double value = (state >> 11) * 0x1p-52;
      if (element instanceof ValueLayout.OfDouble wide) {
        segment.setAtIndex(wide, i, value);
      } else {
        segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) value);
      }
    }
    return segment;
  }

  private record Trial(
      ValueLayout element,
      MemorySegment a,
      MemorySegment b,
      MemorySegment whole,
      MemorySegment cut) {

    boolean sameBits(boolean transposeA, boolean transposeB, boolean scaled) {
      cut.copyFrom(whole);
      double alpha = scaled ? 0.7 : 1;
      double beta = scaled ? 0.3 : 0;
      multiply(transposeA, transposeB, 0, ABOVE + BELOW, alpha, beta, whole);
      multiply(transposeA, transposeB, 0, ABOVE, alpha, beta, cut);
      multiply(transposeA, transposeB, ABOVE, BELOW, alpha, beta, cut);
      return whole.mismatch(cut) == -1;
    }

    private void multiply(
        boolean transposeA,
        boolean transposeB,
        int from,
        int rows,
        double alpha,
        double beta,
        MemorySegment c) {
      int lda = transposeA ? ABOVE + BELOW : DEPTH;
      int ldb = transposeB ? DEPTH : COLUMNS;
      long aOffset = (transposeA ? from : (long) from * lda) * element.byteSize();
      long cOffset = (long) from * COLUMNS * element.byteSize();
      OpenBlas blas = OpenBlas.load();
      if (element instanceof ValueLayout.OfDouble) {
        blas.dgemm(
            transposeA,
            transposeB,
            rows,
            COLUMNS,
            DEPTH,
            alpha,
            a,
            aOffset,
            lda,
            b,
            0,
            ldb,
            beta,
            c,
            cOffset,
            COLUMNS);
      } else {
        blas.sgemm(
            transposeA,
            transposeB,
            rows,
            COLUMNS,
            DEPTH,
            (float) alpha,
            a,
            aOffset,
            lda,
            b,
            0,
            ldb,
            (float) beta,
            c,
            cOffset,
            COLUMNS);
      }
    }
  }
}
