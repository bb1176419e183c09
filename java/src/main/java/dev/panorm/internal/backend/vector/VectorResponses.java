package dev.panorm.internal.backend.vector;

import dev.panorm.Tensor;
import dev.panorm.backend.ResponseKernels;
import dev.panorm.backend.ResponsePlan;

/** {@link ResponseKernels} on float32 vectors. */
final class VectorResponses implements ResponseKernels {

  private final ThreadLocal<ResponseTask> tasks = ThreadLocal.withInitial(ResponseTask::new);

  @Override
  public void forward(ResponsePlan plan, Tensor x, Tensor y) {
    tasks.get().forward(plan, x.readAddress(), y.writeAddress());
  }

  @Override
  public void backward(ResponsePlan plan, Tensor x, Tensor dy, Tensor dx) {
    tasks.get().backward(plan, x.readAddress(), dy.readAddress(), dx.writeAddress());
  }
}
