package dev.panorm.internal.backend.avx512;

import dev.panorm.DType;
import dev.panorm.ffi.streaming.StreamingProducts;
import dev.panorm.internal.backend.cpu.SerialGemm;

/** Panorm's own products in C at absolute addresses. */
final class Avx512Gemm implements SerialGemm {

  @Override
  public void multiply(
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
      long ldc) {
    StreamingProducts.sgemm(
        transposeA, transposeB, m, n, k, (float) alpha, a, lda, b, ldb, (float) beta, c, ldc);
  }

  @Override
  public boolean rowsAreIndependent(DType dtype) {
    return true;
  }

  @Override
  public boolean columnsAreIndependent(DType dtype) {
    return true;
  }
}
