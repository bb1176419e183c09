package dev.panorm.internal.backend.vector;

import dev.panorm.Tensor;
import dev.panorm.backend.Pool2dPlan;
import dev.panorm.backend.PoolingKernels;
import dev.panorm.internal.backend.vector.PoolTask.Kind;
import org.jspecify.annotations.Nullable;

/** {@link PoolingKernels} on float32. */
final class VectorPooling implements PoolingKernels {

  private final ThreadLocal<PoolTask> tasks = ThreadLocal.withInitial(PoolTask::new);

  @Override
  public void maxForward(Pool2dPlan plan, Tensor x, Tensor y, @Nullable Tensor indices) {
    tasks.get().run(Kind.MAX, plan, x.readAddress(), y.writeAddress(), Addresses.write(indices));
  }

  @Override
  public void maxBackward(Pool2dPlan plan, Tensor dy, Tensor indices, Tensor dx) {
    tasks.get().run(Kind.SCATTER, plan, dx.writeAddress(), dy.readAddress(), indices.readAddress());
  }

  @Override
  public void gather(Pool2dPlan plan, Tensor x, Tensor indices, Tensor y) {
    tasks.get().run(Kind.GATHER, plan, x.readAddress(), y.writeAddress(), indices.readAddress());
  }

  @Override
  public void averageForward(Pool2dPlan plan, Tensor x, Tensor y) {
    tasks.get().run(Kind.AVERAGE, plan, x.readAddress(), y.writeAddress(), 0);
  }

  @Override
  public void averageBackward(Pool2dPlan plan, Tensor dy, Tensor dx) {
    tasks.get().run(Kind.SPREAD, plan, dx.writeAddress(), dy.readAddress(), 0);
  }
}
