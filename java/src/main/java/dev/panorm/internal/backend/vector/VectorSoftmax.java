package dev.panorm.internal.backend.vector;

import dev.panorm.Tensor;
import dev.panorm.backend.SoftmaxKernels;

/** {@link SoftmaxKernels} on float32 vectors. */
final class VectorSoftmax implements SoftmaxKernels {

  private final ThreadLocal<SoftmaxTask> tasks = ThreadLocal.withInitial(SoftmaxTask::new);

  @Override
  public void softmax(boolean log, long outer, long mid, long inner, Tensor x, Tensor y) {
    tasks.get().forward(log, outer, mid, inner, x.readAddress(), y.writeAddress());
  }

  @Override
  public void softmaxBackward(
      boolean log, long outer, long mid, long inner, Tensor y, Tensor dy, Tensor dx) {
    tasks
        .get()
        .backward(log, outer, mid, inner, y.readAddress(), dy.readAddress(), dx.writeAddress());
  }
}
