package dev.panorm.internal.backend.vector;

import dev.panorm.RandomStream;
import dev.panorm.Tensor;
import dev.panorm.backend.DropKernels;
import dev.panorm.backend.DropPlan;

/** {@link DropKernels} on float32 vectors. */
final class VectorDropout implements DropKernels {

  private final ThreadLocal<DropTask> tasks = ThreadLocal.withInitial(DropTask::new);

  @Override
  public void drop(DropPlan plan, RandomStream stream, Tensor x, Tensor y) {
    tasks.get().drop(plan, stream, x.elements(), x.readAddress(), y.writeAddress());
  }
}
