package dev.panorm.internal.backend.reference;

import dev.panorm.Tensor;
import dev.panorm.backend.GemmKernels;

/** {@link GemmKernels}, one float64 sum for each element. */
final class ReferenceGemm implements GemmKernels {

  @Override
  public void gemm(
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
      long ldc) {
    Elements left = Elements.read(a);
    Elements right = Elements.read(b);
    Elements result = Elements.update(c);
    long nextA = transposeA ? lda : 1;
    long nextB = transposeB ? 1 : ldb;
    for (long i = 0; i < m; i++) {
      for (long j = 0; j < n; j++) {
        long atA = offsetA + i * (transposeA ? 1 : lda);
        long atB = offsetB + j * (transposeB ? ldb : 1);
        double sum = 0;
        for (long p = 0; p < k; p++) {
          sum += left.get(atA + p * nextA) * right.get(atB + p * nextB);
        }
        long atC = offsetC + i * ldc + j;
        result.set(atC, beta == 0 ? alpha * sum : alpha * sum + beta * result.get(atC));
      }
    }
  }
}
