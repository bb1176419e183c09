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

  /**
   * C := alpha · op(A) · op(B) + beta · C for each matrix of a batch, in which the matrices lie
   * dense, one behind the other, from each tensor's first element on.
   */
  default void batch(
      boolean transposeA,
      boolean transposeB,
      long batch,
      long m,
      long n,
      long k,
      double alpha,
      Tensor a,
      Tensor b,
      double beta,
      Tensor c) {
    for (long i = 0; i < batch; i++) {
      matrix(i, transposeA, transposeB, m, n, k, alpha, a, b, beta, c);
    }
  }

  /** One matrix of a {@link #batch}. */
  default void matrix(
      long index,
      boolean transposeA,
      boolean transposeB,
      long m,
      long n,
      long k,
      double alpha,
      Tensor a,
      Tensor b,
      double beta,
      Tensor c) {
    gemm(
        transposeA,
        transposeB,
        m,
        n,
        k,
        alpha,
        a,
        index * m * k,
        transposeA ? m : k,
        b,
        index * k * n,
        transposeB ? k : n,
        beta,
        c,
        index * m * n,
        n);
  }
}
