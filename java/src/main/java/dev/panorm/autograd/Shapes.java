package dev.panorm.autograd;

import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.ops.Copies;

/** The same elements in other shapes and orders; all may be differentiated any number of times. */
public final class Shapes {

  private Shapes() {}

  /** Returns the same elements in another shape, without a copy; one size may be −1. */
  public static Variable reshape(Variable x, long... dims) {
    return view(x, x.value().view(dims));
  }

  /** Returns the same elements in another shape, without a copy. */
  public static Variable reshape(Variable x, Shape shape) {
    return shape.equals(x.shape()) ? x : view(x, x.value().view(shape));
  }

  private static Variable view(Variable x, Tensor y) {
    return Tape.record(y, gradients -> gradients.give(0, dy -> reshape(dy, x.shape())), x);
  }

  /** Returns x with its last two dimensions swapped, a copy. */
  public static Variable transpose(Variable x) {
    Shape shape = x.shape();
    Tensor y =
        Tape.memory().empty(x.dtype(), shape.with(-2, shape.dim(-1)).with(-1, shape.dim(-2)));
    Copies.transpose(x.value(), y);
    return Tape.record(y, gradients -> gradients.give(0, Shapes::transpose), x);
  }
}
