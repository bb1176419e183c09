package dev.panorm.internal.backend.avx512;

import dev.panorm.DType;
import dev.panorm.Tensor;
import dev.panorm.backend.Backend;
import dev.panorm.backend.Backends;
import dev.panorm.backend.GemmKernels;
import dev.panorm.backend.Operation;
import dev.panorm.internal.backend.cpu.ParallelGemm;
import org.jspecify.annotations.Nullable;

/**
 * Products that are low, narrow or short on the kernel in C, and those that are large in all three
 * directions on the next rung, which packs their factors fewer times.
 */
final class LowProducts implements GemmKernels {

  /** What one of the three sizes has at most. */
  static final long LOW = 512;

  private final Backend backend;
  private final GemmKernels own = new ParallelGemm(new Avx512Gemm());
  private @Nullable Backend next;

  LowProducts(Backend backend) {
    this.backend = backend;
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
    kernels(m, n, k)
        .gemm(
            transposeA,
            transposeB,
            m,
            n,
            k,
            alpha,
            a,
            offsetA,
            lda,
            b,
            offsetB,
            ldb,
            beta,
            c,
            offsetC,
            ldc);
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
    kernels(m, n, k).batch(transposeA, transposeB, batch, m, n, k, alpha, a, b, beta, c);
  }

  private GemmKernels kernels(long m, long n, long k) {
    return Math.min(m, Math.min(n, k)) <= LOW ? own : next().gemm();
  }

  /** Returns who takes the others. Found once, since asking costs some of the Java heap. */
  Backend next() {
    Backend found = next;
    if (found == null) {
      found = Backends.below(backend, Operation.GEMM, DType.FLOAT32, LOW * LOW);
      next = found;
    }
    return found;
  }
}
