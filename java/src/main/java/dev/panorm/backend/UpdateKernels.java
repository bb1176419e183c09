package dev.panorm.backend;

import dev.panorm.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Optimizer steps: one pass over a parameter, its gradient and its state, all updated in place.
 * Arguments have been checked: all tensors have the parameter's type and number of elements (1 or
 * more) and share no memory, storages are retained.
 */
public interface UpdateKernels {

  /**
   * One step of {@link SgdRule}.
   *
   * @param first whether it is the first, at which the buffer is overwritten
   * @param buffer b, null without momentum
   */
  void sgd(SgdRule rule, boolean first, Tensor parameter, Tensor gradient, @Nullable Tensor buffer);

  /**
   * One step of {@link AdamRule}.
   *
   * @param step t, from 1
   * @param mean m
   * @param square v
   * @param largest the largest v so far, null without AMSGrad
   */
  void adam(
      AdamRule rule,
      long step,
      Tensor parameter,
      Tensor gradient,
      Tensor mean,
      Tensor square,
      @Nullable Tensor largest);

  /**
   * One step of {@link RmspropRule}.
   *
   * @param square v
   * @param mean a, null where not centred
   * @param buffer b, null without momentum
   */
  void rmsprop(
      RmspropRule rule,
      Tensor parameter,
      Tensor gradient,
      Tensor square,
      @Nullable Tensor mean,
      @Nullable Tensor buffer);

  /**
   * One step of {@link AdagradRule}.
   *
   * @param step t, from 1
   * @param sum s
   */
  void adagrad(AdagradRule rule, long step, Tensor parameter, Tensor gradient, Tensor sum);
}
