package dev.panorm.nn;

import dev.panorm.Tensor;
import dev.panorm.autograd.Loss;
import dev.panorm.autograd.Variable;
import dev.panorm.ops.LossReduction;

/**
 * Squared error.
 *
 * @param reduction the errors themselves, their mean or their sum
 */
public record MSELoss(LossReduction reduction) {

  /** Creates the loss with PyTorch's default, the mean. */
  public MSELoss() {
    this(LossReduction.MEAN);
  }

  /** Returns the loss. */
  public Variable forward(Variable x, Tensor target) {
    return Loss.mse(reduction, x, Variable.of(target));
  }
}
