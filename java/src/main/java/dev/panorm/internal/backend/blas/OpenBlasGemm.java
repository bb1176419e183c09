package dev.panorm.internal.backend.blas;

import dev.panorm.DType;
import dev.panorm.ffi.openblas.OpenBlas;
import dev.panorm.internal.backend.cpu.SerialGemm;
import dev.panorm.internal.memory.Memory;

/** OpenBLAS's products at absolute addresses. */
final class OpenBlasGemm implements SerialGemm {

  private final OpenBlas blas;

  OpenBlasGemm(OpenBlas blas) {
    this.blas = blas;
  }

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
    int rows = cInt("m", m);
    int columns = cInt("n", n);
    int depth = cInt("k", k);
    int rowA = cInt("lda", lda);
    int rowB = cInt("ldb", ldb);
    int rowC = cInt("ldc", ldc);
    if (dtype == DType.FLOAT64) {
      blas.dgemm(
          transposeA,
          transposeB,
          rows,
          columns,
          depth,
          alpha,
          Memory.ALL,
          a,
          rowA,
          Memory.ALL,
          b,
          rowB,
          beta,
          Memory.ALL,
          c,
          rowC);
    } else {
      blas.sgemm(
          transposeA,
          transposeB,
          rows,
          columns,
          depth,
          (float) alpha,
          Memory.ALL,
          a,
          rowA,
          Memory.ALL,
          b,
          rowB,
          (float) beta,
          Memory.ALL,
          c,
          rowC);
    }
  }

  @Override
  public boolean rowsAreIndependent(DType dtype) {
    return RowIndependence.holds(dtype);
  }

  private static int cInt(String name, long value) {
    if (value != (int) value) {
      throw new IllegalArgumentException(
          "gemm: " + name + " is " + value + ", expected at most 2^31 - 1, which is what C takes");
    }
    return (int) value;
  }
}
