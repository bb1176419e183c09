package dev.panorm.autograd;

import static dev.panorm.autograd.Arithmetic.affine;
import static dev.panorm.autograd.Arithmetic.mul;
import static dev.panorm.autograd.Arithmetic.scale;
import static dev.panorm.autograd.Arithmetic.square;
import static dev.panorm.autograd.Arithmetic.sub;

import dev.panorm.Activation;
import dev.panorm.Tensor;
import dev.panorm.ops.Activations;
import dev.panorm.ops.Softmax;

/** Activation functions and softmax; all may be differentiated any number of times. */
public final class Activate {

  private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
  private static final double CUBIC = 0.044715;

  private Activate() {}

  /** Returns max(x, 0). */
  public static Variable relu(Variable x) {
    return apply(Activation.RELU, x);
  }

  /** Returns σ(x) = 1 / (1 + e^−x). */
  public static Variable sigmoid(Variable x) {
    return apply(Activation.SIGMOID, x);
  }

  /** Returns tanh x. */
  public static Variable tanh(Variable x) {
    return apply(Activation.TANH, x);
  }

  /** Returns f(x). */
  public static Variable apply(Activation function, Variable x) {
    if (function == Activation.IDENTITY) {
      return x;
    }
    Tensor y = Arithmetic.like(x);
    Activations.forward(function, x.value(), y);
    return Tape.record(y, gradients -> gradients.give(0, dy -> slope(function, x, dy)), x);
  }

  /** dy · f′(x). */
  private static Variable slope(Activation function, Variable x, Variable dy) {
    Tensor dx = Arithmetic.like(x);
    Activations.backward(function, x.value(), dy.value(), dx);
    return Tape.record(
        dx,
        gradients -> {
          if (function != Activation.RELU) { // its second derivative is 0
            gradients.give(0, ddx -> mul(mul(ddx, dy), curvature(function, x)));
          }
          gradients.give(1, ddx -> slope(function, x, ddx));
        },
        x,
        dy);
  }

  /** f″(x). */
  private static Variable curvature(Activation function, Variable x) {
    return switch (function) {
      case SIGMOID -> { // σ (1 − σ) (1 − 2 σ)
        Variable s = sigmoid(x);
        yield mul(mul(s, affine(s, -1, 1)), affine(s, -2, 1));
      }
      case TANH -> { // −2 t (1 − t²)
        Variable t = tanh(x);
        yield mul(scale(t, -2), affine(square(t), -1, 1));
      }
      case SILU -> { // σ (1 − σ) (2 + x (1 − 2 σ))
        Variable s = sigmoid(x);
        yield mul(mul(s, affine(s, -1, 1)), affine(mul(x, affine(s, -2, 1)), 1, 2));
      }
      case GELU -> // φ(x) (2 − x²) with φ(x) = e^(−x²/2) / √(2π)
          scale(
              mul(Arithmetic.exp(scale(square(x), -0.5)), affine(square(x), -1, 2)),
              SQRT_2_OVER_PI / 2);
      case GELU_TANH -> geluTanhCurvature(x);
      case IDENTITY, RELU ->
          throw new IllegalArgumentException(function + " has no second derivative to compute");
    };
  }

  /** With f = x/2 (1 + t), t = tanh u: f″ = (1 − t²) (u′ + x u″ / 2 − x t u′²). */
  private static Variable geluTanhCurvature(Variable x) {
    Variable squared = square(x);
    Variable u = mul(x, affine(squared, SQRT_2_OVER_PI * CUBIC, SQRT_2_OVER_PI));
    Variable slope = affine(squared, 3 * SQRT_2_OVER_PI * CUBIC, SQRT_2_OVER_PI);
    Variable bend = scale(squared, 3 * SQRT_2_OVER_PI * CUBIC); // x u″ / 2
    Variable t = tanh(u);
    Variable rest = sub(Arithmetic.add(slope, bend), mul(mul(x, t), square(slope)));
    return mul(affine(square(t), -1, 1), rest);
  }

  /** Returns e^x / Σ e^x along a dimension, negative to count from the end. */
  public static Variable softmax(Variable x, int dim) {
    Tensor y = Arithmetic.like(x);
    Softmax.softmax(x.value(), dim, y);
    return Tape.record(y, gradients -> gradients.give(0, dy -> softmaxGradient(x, dim, y, dy)), x);
  }

  private static Variable softmaxGradient(Variable x, int dim, Tensor y, Variable dy) {
    if (Tape.isRecording()) { // y (dy − Σ dy y)
      Variable p = softmax(x, dim);
      return mul(p, sub(dy, Sums.sum(mul(dy, p), dim)));
    }
    Tensor dx = Arithmetic.like(x);
    Softmax.softmaxBackward(y, dim, dy.value(), dx);
    return Variable.of(dx);
  }

  /** Returns x − ln Σ e^x along a dimension, negative to count from the end. */
  public static Variable logSoftmax(Variable x, int dim) {
    Tensor y = Arithmetic.like(x);
    Softmax.logSoftmax(x.value(), dim, y);
    return Tape.record(
        y, gradients -> gradients.give(0, dy -> logSoftmaxGradient(x, dim, y, dy)), x);
  }

  private static Variable logSoftmaxGradient(Variable x, int dim, Tensor y, Variable dy) {
    if (Tape.isRecording()) { // dy − softmax(x) Σ dy
      return sub(dy, mul(softmax(x, dim), Sums.sum(dy, dim)));
    }
    Tensor dx = Arithmetic.like(x);
    Softmax.logSoftmaxBackward(y, dim, dy.value(), dx);
    return Variable.of(dx);
  }
}
