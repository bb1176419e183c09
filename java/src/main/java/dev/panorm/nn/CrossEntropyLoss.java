package dev.panorm.nn;

import dev.panorm.Tensor;
import dev.panorm.autograd.Loss;
import dev.panorm.autograd.Variable;
import dev.panorm.ops.CrossEntropySpec;
import org.jspecify.annotations.Nullable;

/**
 * Cross entropy between softmax(logits) and a target; classes are dimension 1.
 *
 * @param spec reduction, label smoothing, ignore index
 * @param weight factor of each class, null for ones; the caller keeps it alive
 */
public record CrossEntropyLoss(CrossEntropySpec spec, @Nullable Tensor weight) {

  /** Creates the loss with PyTorch's defaults: the mean, no smoothing. */
  public CrossEntropyLoss() {
    this(CrossEntropySpec.DEFAULT, null);
  }

  /**
   * Returns the loss.
   *
   * @param target class indices (int64) or probabilities of the logits' shape and type
   */
  public Variable forward(Variable logits, Tensor target) {
    return Loss.crossEntropy(spec, logits, target, weight);
  }
}
