package dev.panorm.internal.backend.opencl;

import dev.panorm.Tensor;
import dev.panorm.backend.GemmKernels;
import dev.panorm.internal.backend.opencl.ClProduct.Matrices;

/** Matrix products on the device. */
final class ClGemm implements GemmKernels {

  private final ClContext context;
  private final ClProduct.Kernels kernels;

  ClGemm(ClContext context, ClProduct.Kernels kernels) {
    this.context = context;
    this.kernels = kernels;
  }

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
    multiply(
        new ClProduct(
            transposeA,
            transposeB,
            1,
            m,
            n,
            k,
            alpha,
            beta,
            new Matrices(a, offsetA, lda, 0),
            new Matrices(b, offsetB, ldb, 0),
            new Matrices(c, offsetC, ldc, 0)));
  }

  @Override
  public void batch(
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
    multiply(
        new ClProduct(
            transposeA,
            transposeB,
            batch,
            m,
            n,
            k,
            alpha,
            beta,
            new Matrices(a, 0, transposeA ? m : k, m * k),
            new Matrices(b, 0, transposeB ? k : n, k * n),
            new Matrices(c, 0, n, m * n)));
  }

  private void multiply(ClProduct product) {
    try (ClCall call = new ClCall(context, "gemm")) {
      kernels.multiply(call, product);
    }
  }
}
