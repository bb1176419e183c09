package dev.panorm.internal.backend.cpu;

import dev.panorm.Tensor;
import dev.panorm.backend.GemmKernels;
import dev.panorm.internal.parallel.WorkerPool;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Large products on all of Panorm's threads, small ones on the caller's. */
public final class ParallelGemm implements GemmKernels {

  private final SerialGemm kernel;
  private final ArrayDeque<GemmTask> idle = new ArrayDeque<>();

  /** Creates the kernels around one for a single thread. */
  public ParallelGemm(SerialGemm kernel) {
    this.kernel = kernel;
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
    long bytes = c.dtype().byteSize();
    long aStart = a.readAddress() + offsetA * bytes;
    long bStart = b.readAddress() + offsetB * bytes;
    boolean overwritten = beta == 0 && m * n == c.elements();
    long cStart = (overwritten ? c.writeAddress() : c.updateAddress()) + offsetC * bytes;
    if (!GemmTask.worthCutting(m, n, k)) {
      kernel.multiply(
          c.dtype(),
          transposeA,
          transposeB,
          m,
          n,
          k,
          alpha,
          aStart,
          lda,
          bStart,
          ldb,
          beta,
          cStart,
          ldc);
      return;
    }
    GemmTask task = take();
    try {
      task.multiply(
          c.dtype(),
          transposeA,
          transposeB,
          m,
          n,
          k,
          alpha,
          aStart,
          lda,
          bStart,
          ldb,
          beta,
          cStart,
          ldc);
    } finally {
      give(task);
    }
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
    WorkerPool.shared()
        .run(
            Math.toIntExact(batch),
            i -> matrix(i, transposeA, transposeB, m, n, k, alpha, a, b, beta, c));
  }

  private GemmTask take() {
    @Nullable GemmTask task;
    synchronized (idle) {
      task = idle.pollLast();
    }
    return task == null ? new GemmTask(kernel) : task;
  }

  private void give(GemmTask task) {
    synchronized (idle) {
      idle.addLast(task);
    }
  }
}
