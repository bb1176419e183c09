package dev.panorm.autograd;

import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.ops.Elementwise;

/**
 * Functions of each element by itself. Where two inputs come, their shapes broadcast as NumPy's do.
 * All may be differentiated any number of times.
 */
public final class Arithmetic {

  private Arithmetic() {}

  // ------------------------------------------------------------------------------- two inputs

  /** Returns a + b. */
  public static Variable add(Variable a, Variable b) {
    Tensor y = result(a, b);
    Elementwise.add(a.value(), b.value(), y);
    return Tape.record(
        y,
        gradients -> {
          gradients.give(0, dy -> Sums.sumTo(dy, a.shape()));
          gradients.give(1, dy -> Sums.sumTo(dy, b.shape()));
        },
        a,
        b);
  }

  /** Returns a − b. */
  public static Variable sub(Variable a, Variable b) {
    Tensor y = result(a, b);
    Elementwise.sub(a.value(), b.value(), y);
    return Tape.record(
        y,
        gradients -> {
          gradients.give(0, dy -> Sums.sumTo(dy, a.shape()));
          gradients.give(1, dy -> Sums.sumTo(neg(dy), b.shape()));
        },
        a,
        b);
  }

  /** Returns a · b. */
  public static Variable mul(Variable a, Variable b) {
    Tensor y = result(a, b);
    Elementwise.mul(a.value(), b.value(), y);
    return Tape.record(
        y,
        gradients -> {
          gradients.give(0, dy -> Sums.sumTo(mul(dy, b), a.shape()));
          gradients.give(1, dy -> Sums.sumTo(mul(dy, a), b.shape()));
        },
        a,
        b);
  }

  /** Returns a / b. */
  public static Variable div(Variable a, Variable b) {
    Tensor y = result(a, b);
    Elementwise.div(a.value(), b.value(), y);
    return Tape.record(
        y,
        gradients -> {
          gradients.give(0, dy -> Sums.sumTo(div(dy, b), a.shape()));
          gradients.give(1, dy -> Sums.sumTo(neg(div(mul(dy, div(a, b)), b)), b.shape()));
        },
        a,
        b);
  }

  /**
   * Returns x where the mask is not 0, else 0, whatever x is there. The shapes broadcast.
   *
   * @param mask constant, of x's type
   */
  public static Variable mask(Variable x, Tensor mask) {
    Tensor y = result(x, Variable.of(mask));
    Elementwise.mask(x.value(), mask, y);
    return Tape.record(
        y, gradients -> gradients.give(0, dy -> Sums.sumTo(mask(dy, mask), x.shape())), x);
  }

  // -------------------------------------------------------------------------------- one input

  /** Returns −x. */
  public static Variable neg(Variable x) {
    return affine(x, -1, 0);
  }

  /** Returns scale · x. */
  public static Variable scale(Variable x, double scale) {
    return affine(x, scale, 0);
  }

  /** Returns scale · x + shift. */
  public static Variable affine(Variable x, double scale, double shift) {
    Tensor y = like(x);
    Elementwise.affine(x.value(), scale, shift, y);
    return Tape.record(y, gradients -> gradients.give(0, dy -> scale(dy, scale)), x);
  }

  /** Returns e^x. */
  public static Variable exp(Variable x) {
    Tensor y = like(x);
    Elementwise.exp(x.value(), y);
    return Tape.record(y, gradients -> gradients.give(0, dy -> mul(dy, exp(x))), x);
  }

  /** Returns ln x. */
  public static Variable log(Variable x) {
    Tensor y = like(x);
    Elementwise.log(x.value(), y);
    return Tape.record(y, gradients -> gradients.give(0, dy -> div(dy, x)), x);
  }

  /** Returns √x. */
  public static Variable sqrt(Variable x) {
    Tensor y = like(x);
    Elementwise.sqrt(x.value(), y);
    return Tape.record(y, gradients -> gradients.give(0, dy -> scale(mul(dy, rsqrt(x)), 0.5)), x);
  }

  /** Returns 1 / √x. */
  public static Variable rsqrt(Variable x) {
    Tensor y = like(x);
    Elementwise.rsqrt(x.value(), y);
    return Tape.record(
        y, gradients -> gradients.give(0, dy -> scale(mul(dy, div(rsqrt(x), x)), -0.5)), x);
  }

  /** Returns 1 / x. */
  public static Variable reciprocal(Variable x) {
    Tensor y = like(x);
    Elementwise.reciprocal(x.value(), y);
    return Tape.record(y, gradients -> gradients.give(0, dy -> neg(div(div(dy, x), x))), x);
  }

  /** Returns x². */
  public static Variable square(Variable x) {
    Tensor y = like(x);
    Elementwise.square(x.value(), y);
    return Tape.record(y, gradients -> gradients.give(0, dy -> scale(mul(dy, x), 2)), x);
  }

  /** Returns |x|; its derivative at 0 is taken as 0. */
  public static Variable abs(Variable x) {
    Tensor y = like(x);
    Elementwise.abs(x.value(), y);
    return Tape.record(y, gradients -> gradients.give(0, dy -> mul(dy, sign(x))), x);
  }

  /** Returns x^exponent. */
  public static Variable pow(Variable x, double exponent) {
    Tensor y = like(x);
    Elementwise.pow(x.value(), exponent, y);
    return Tape.record(
        y, gradients -> gradients.give(0, dy -> scale(mul(dy, pow(x, exponent - 1)), exponent)), x);
  }

  /** The sign of x as a constant: its derivative is 0 wherever it has one. */
  private static Variable sign(Variable x) {
    Tensor y = like(x);
    Elementwise.sign(x.value(), y);
    return Variable.of(y);
  }

  static Tensor like(Variable x) {
    return Tape.memory().emptyLike(x.value());
  }

  private static Tensor result(Variable a, Variable b) {
    Shape shape =
        a.shape().equals(b.shape()) ? a.shape() : Elementwise.broadcast(a.shape(), b.shape());
    return Tape.memory().empty(a.dtype(), shape);
  }
}
