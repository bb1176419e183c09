package dev.panorm.autograd;

import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.ops.CrossEntropySpec;
import dev.panorm.ops.LossReduction;
import dev.panorm.ops.Losses;
import org.jspecify.annotations.Nullable;

/** Losses on variables. */
public final class Loss {

  private Loss() {}

  /**
   * Returns the cross entropy between softmax(logits) and a target; see {@link
   * Losses#crossEntropy}.
   *
   * @param target class indices (int64) or probabilities; no gradient flows into it
   * @param weight factor of each class, null for ones
   */
  public static Variable crossEntropy(
      CrossEntropySpec spec, Variable logits, Tensor target, @Nullable Tensor weight) {
    Tensor loss =
        Tape.memory().empty(logits.dtype(), lossShape(spec.reduction(), positions(logits.shape())));
    Losses.crossEntropy(spec, logits.value(), target, weight, loss);
    return Tape.record(
        loss,
        gradients ->
            gradients.give(0, dloss -> crossEntropyGradient(spec, logits, target, weight, dloss)),
        logits);
  }

  private static Variable crossEntropyGradient(
      CrossEntropySpec spec,
      Variable logits,
      Tensor target,
      @Nullable Tensor weight,
      Variable dloss) {
    if (Tape.isRecording()) {
      return CrossEntropyFormula.gradient(spec, logits, target, weight, dloss);
    }
    Tensor dx = Arithmetic.like(logits);
    Losses.crossEntropyBackward(spec, logits.value(), target, weight, dloss.value(), dx);
    return Variable.of(dx);
  }

  /** Returns the squared error (x − target)², all of it, its mean or its sum. */
  public static Variable mse(LossReduction reduction, Variable x, Variable target) {
    Tensor loss = Tape.memory().empty(x.dtype(), lossShape(reduction, x.shape()));
    Losses.mse(reduction, x.value(), target.value(), loss);
    return Tape.record(
        loss,
        gradients -> {
          gradients.give(0, dloss -> mseGradient(reduction, x, target, dloss));
          gradients.give(1, dloss -> Arithmetic.neg(mseGradient(reduction, x, target, dloss)));
        },
        x,
        target);
  }

  private static Variable mseGradient(
      LossReduction reduction, Variable x, Variable target, Variable dloss) {
    if (Tape.isRecording()) {
      double share = reduction == LossReduction.MEAN ? 2.0 / x.shape().elements() : 2;
      return Arithmetic.scale(Arithmetic.mul(Arithmetic.sub(x, target), dloss), share);
    }
    Tensor dx = Arithmetic.like(x);
    Losses.mseBackward(reduction, x.value(), target.value(), dloss.value(), dx);
    return Variable.of(dx);
  }

  private static Shape lossShape(LossReduction reduction, Shape positions) {
    return reduction == LossReduction.NONE ? positions : Shape.of();
  }

  /** The shape without the classes. */
  private static Shape positions(Shape logits) {
    int rank = logits.rank();
    if (rank < 2) {
      return Shape.of();
    }
    long[] dims = new long[rank - 1];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = logits.dim(i == 0 ? 0 : i + 1);
    }
    return Shape.of(dims);
  }
}
