package dev.panorm.autograd;

import dev.panorm.Tensor;
import dev.panorm.ops.LinearAlgebra;
import org.jspecify.annotations.Nullable;

/** Matrix products and the linear layer; they may be differentiated any number of times. */
public final class Products {

  private Products() {}

  /** Returns a · b of matrices. */
  public static Variable mm(Variable a, Variable b) {
    return mm(false, false, a, b);
  }

  /**
   * Returns op(a) · op(b) of matrices.
   *
   * @param transposeA whether a stands for its transpose
   * @param transposeB whether b stands for its transpose
   */
  public static Variable mm(boolean transposeA, boolean transposeB, Variable a, Variable b) {
    Tensor y =
        Tape.memory()
            .empty(a.dtype(), a.shape().dim(transposeA ? 1 : 0), b.shape().dim(transposeB ? 0 : 1));
    LinearAlgebra.mm(transposeA, transposeB, a.value(), b.value(), y);
    return Tape.record(
        y,
        gradients -> { // with A = op(a), B = op(b): dA = dy · Bᵀ, dB = Aᵀ · dy
          gradients.give(
              0, dy -> transposeA ? mm(transposeB, true, b, dy) : mm(false, !transposeB, dy, b));
          gradients.give(
              1, dy -> transposeB ? mm(true, transposeA, dy, a) : mm(!transposeA, false, a, dy));
        },
        a,
        b);
  }

  /**
   * Returns x · weightᵀ + bias for each row of x.
   *
   * @param x [..., in]
   * @param weight [out, in]
   * @param bias [out], null for none
   */
  public static Variable linear(Variable x, Variable weight, @Nullable Variable bias) {
    Tensor y = Tape.memory().empty(x.dtype(), x.shape().with(-1, weight.shape().dim(0)));
    LinearAlgebra.linear(x.value(), weight.value(), bias == null ? null : bias.value(), y);
    Inputs inputs = Inputs.of(x, weight, bias);
    return Tape.record(
        y,
        gradients -> {
          if (Tape.isRecording()) {
            gradients.through(() -> linearFormula(x, weight, bias));
          } else {
            Tensor dx = inputs.room(gradients, x);
            Tensor dweight = inputs.room(gradients, weight);
            Tensor dbias = inputs.room(gradients, bias);
            LinearAlgebra.linearBackward(
                x.value(), weight.value(), gradients.upstream().value(), dx, dweight, dbias);
            inputs.give(gradients, x, dx);
            inputs.give(gradients, weight, dweight);
            inputs.give(gradients, bias, dbias);
          }
        },
        inputs.present());
  }

  private static Variable linearFormula(Variable x, Variable weight, @Nullable Variable bias) {
    Variable rows = Shapes.reshape(x, -1, x.shape().dim(-1));
    Variable product = mm(false, true, rows, weight);
    Variable y = bias == null ? product : Arithmetic.add(product, bias);
    return Shapes.reshape(y, x.shape().with(-1, weight.shape().dim(0)));
  }
}
