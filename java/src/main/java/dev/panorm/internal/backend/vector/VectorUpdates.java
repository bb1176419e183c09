package dev.panorm.internal.backend.vector;

import dev.panorm.Tensor;
import dev.panorm.backend.AdagradRule;
import dev.panorm.backend.AdamRule;
import dev.panorm.backend.RmspropRule;
import dev.panorm.backend.SgdRule;
import dev.panorm.backend.UpdateKernels;
import org.jspecify.annotations.Nullable;

/** {@link UpdateKernels} on float32 vectors. */
final class VectorUpdates implements UpdateKernels {

  private final ThreadLocal<UpdateTask> tasks = ThreadLocal.withInitial(UpdateTask::new);

  @Override
  public void sgd(
      SgdRule rule, boolean first, Tensor parameter, Tensor gradient, @Nullable Tensor buffer) {
    UpdateTask task = tasks.get();
    task.bind(parameter, gradient, buffer, null, null);
    task.sgd(rule, first);
  }

  @Override
  public void adam(
      AdamRule rule,
      long step,
      Tensor parameter,
      Tensor gradient,
      Tensor mean,
      Tensor square,
      @Nullable Tensor largest) {
    UpdateTask task = tasks.get();
    task.bind(parameter, gradient, mean, square, largest);
    task.adam(rule, step);
  }

  @Override
  public void rmsprop(
      RmspropRule rule,
      Tensor parameter,
      Tensor gradient,
      Tensor square,
      @Nullable Tensor mean,
      @Nullable Tensor buffer) {
    UpdateTask task = tasks.get();
    task.bind(parameter, gradient, square, mean, buffer);
    task.rmsprop(rule);
  }

  @Override
  public void adagrad(AdagradRule rule, long step, Tensor parameter, Tensor gradient, Tensor sum) {
    UpdateTask task = tasks.get();
    task.bind(parameter, gradient, sum, null, null);
    task.adagrad(rule, step);
  }
}
