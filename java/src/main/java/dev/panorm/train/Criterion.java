package dev.panorm.train;

import dev.panorm.Tensor;
import dev.panorm.autograd.Variable;
import dev.panorm.nn.CrossEntropyLoss;

/** What is minimized. */
@FunctionalInterface
public interface Criterion {

  /**
   * Returns the mean loss of a batch, one number.
   *
   * @param output what the network returned
   * @param target the batch's targets
   */
  Variable loss(Variable output, Tensor target);

  /** Returns the cross entropy with PyTorch's defaults. */
  static Criterion crossEntropy() {
    return new CrossEntropyLoss()::forward;
  }
}
