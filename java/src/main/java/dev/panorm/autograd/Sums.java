package dev.panorm.autograd;

import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.ops.Copies;
import dev.panorm.ops.Reductions;

/** Sums, means and their counterpart, repetition; all may be differentiated any number of times. */
public final class Sums {

  private Sums() {}

  /** Returns Σ x, one number of shape []. */
  public static Variable sum(Variable x) {
    return sumTo(x, Shape.of());
  }

  /** Returns Σ x over some dimensions, whose sizes become 1; negative ones count from the end. */
  public static Variable sum(Variable x, int... dims) {
    return sumTo(x, Reductions.shape(x.shape(), dims));
  }

  /** Returns Σ x / n, one number of shape []. */
  public static Variable mean(Variable x) {
    return meanTo(x, Shape.of());
  }

  /** Returns Σ x / n over some dimensions, whose sizes become 1. */
  public static Variable mean(Variable x, int... dims) {
    return meanTo(x, Reductions.shape(x.shape(), dims));
  }

  /**
   * Returns x summed over the dimensions along which the shape would repeat to x's: the gradient of
   * broadcasting.
   *
   * @param shape broadcasts to x's shape
   */
  public static Variable sumTo(Variable x, Shape shape) {
    if (shape.equals(x.shape())) {
      return x;
    }
    Tensor y = Tape.memory().empty(x.dtype(), shape);
    Reductions.sum(x.value(), y);
    return Tape.record(y, gradients -> gradients.give(0, dy -> expand(dy, x.shape())), x);
  }

  /** As {@link #sumTo}, divided by the number of summands. */
  public static Variable meanTo(Variable x, Shape shape) {
    Tensor y = Tape.memory().empty(x.dtype(), shape);
    Reductions.mean(x.value(), y);
    double share = (double) shape.elements() / x.shape().elements();
    return Tape.record(
        y, gradients -> gradients.give(0, dy -> expand(Arithmetic.scale(dy, share), x.shape())), x);
  }

  /** Returns x repeated to a shape that it broadcasts to. */
  public static Variable expand(Variable x, Shape shape) {
    if (shape.equals(x.shape())) {
      return x;
    }
    Tensor y = Tape.memory().empty(x.dtype(), shape);
    Copies.expand(x.value(), y);
    return Tape.record(y, gradients -> gradients.give(0, dy -> sumTo(dy, x.shape())), x);
  }
}
