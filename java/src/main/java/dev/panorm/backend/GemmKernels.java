package dev.panorm.backend;

import dev.panorm.Tensor;

/**
 * Matrix products. Arguments have been checked: they fit their tensors, types agree, storages are
 * retained.
 */
public interface GemmKernels {

  /**
   * C := alpha · op(A) · op(B) + beta · C, row-major, with op(A) of m x k, op(B) of k x n, C of m x
   * n. Where beta is 0, C is not read.
   *
   * <p>Each matrix starts at an element offset from its tensor's first element; lda, ldb and ldc
   * are elements from row to row as stored. C overlaps neither A nor B.
   *
   * @param transposeA whether A is stored as k x m
   * @param transposeB whether B is stored as n x k
   */
  void gemm(
      boolean transposeA,
      boolean transposeB,
      long m,
      long n,
      long k,
      double alpha,
      Tensor a,
      long offsetA,
      long lda,
      Tensor b,
      long offsetB,
      long ldb,
      double beta,
      Tensor c,
      long offsetC,
      long ldc);
}
