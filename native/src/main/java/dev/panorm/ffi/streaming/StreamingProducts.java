package dev.panorm.ffi.streaming;

import dev.panorm.ffi.Downcalls;
import java.lang.invoke.MethodHandle;

/**
 * Matrix products of float32 on vectors of {@value #LANES} lanes, for processors with AVX-512.
 *
 * <p>Any thread may call. A call takes as long as its m · n · k multiplications, and no safepoint
 * waits for it.
 */
public final class StreamingProducts {

  /** The {@link StreamingKernels#lanes()} that a processor must have. */
  public static final int LANES = 16;

  private static final MethodHandle PRODUCT = StreamingHandles.large("product", "bblllfllllfll");

  private StreamingProducts() {}

  /**
   * C := alpha · op(A) · op(B) + beta · C, row-major, with op(A) of m x k, op(B) of k x n, C of m x
   * n. An element of C has the same bits wherever C is cut into calls. Addresses are absolute and
   * checked by the caller, C overlaps neither A nor B.
   *
   * @param transposeA whether A is stored as k x m
   * @param transposeB whether B is stored as n x k
   * @param m rows of C
   * @param n columns of C
   * @param k products of an element of C
   * @param alpha factor of the product; where it is 0, A and B are not read
   * @param a address of A
   * @param lda elements from row to row of A as stored
   * @param b address of B
   * @param ldb elements from row to row of B as stored
   * @param beta factor of the old C; where it is 0, C is not read
   * @param c address of C
   * @param ldc elements from row to row of C
   */
  public static void sgemm(
      boolean transposeA,
      boolean transposeB,
      long m,
      long n,
      long k,
      float alpha,
      long a,
      long lda,
      long b,
      long ldb,
      float beta,
      long c,
      long ldc) {
    try {
      PRODUCT.invokeExact(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }
}
