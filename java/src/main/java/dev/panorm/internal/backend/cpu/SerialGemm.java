package dev.panorm.internal.backend.cpu;

import dev.panorm.DType;

/** A matrix product on the calling thread alone. */
public interface SerialGemm {

  /**
   * C := alpha · op(A) · op(B) + beta · C, row-major, as {@link
   * dev.panorm.backend.GemmKernels#gemm} defines it, at absolute addresses.
   */
  void multiply(
      DType dtype,
      boolean transposeA,
      boolean transposeB,
      long m,
      long n,
      long k,
      double alpha,
      long a,
      long lda,
      long b,
      long ldb,
      double beta,
      long c,
      long ldc);

  /**
   * Returns whether an element of C has the same bits however its rows are cut into calls, as long
   * as every cut is at a multiple of {@link GemmTask#ROW_GRANULE} and leaves {@link
   * GemmTask#LEAST_WORK} to each call.
   */
  boolean rowsAreIndependent(DType dtype);

  /** Returns whether an element of C has the same bits however its columns are cut into calls. */
  default boolean columnsAreIndependent(DType dtype) {
    return false;
  }
}
