package dev.panorm.internal.backend.reference;

import dev.panorm.Activation;
import dev.panorm.Tensor;
import dev.panorm.backend.Binary;
import dev.panorm.backend.BroadcastPlan;
import dev.panorm.backend.ElementwiseKernels;
import dev.panorm.backend.Unary;
import dev.panorm.internal.backend.cpu.ActivationMath;
import dev.panorm.internal.backend.cpu.ErrorFunction;

/** {@link ElementwiseKernels} in float64, one element after the other. */
final class ReferenceElementwise implements ElementwiseKernels {

  @Override
  public void unary(Unary function, double p, double q, Tensor x, Tensor y) {
    Elements from = Elements.read(x);
    Elements to = Elements.write(y);
    long n = x.elements();
    for (long i = 0; i < n; i++) {
      to.set(i, unary(function, p, q, from.get(i)));
    }
  }

  private static double unary(Unary function, double p, double q, double x) {
    return switch (function) {
      case AFFINE -> p * x + q;
      case EXP -> Math.exp(x);
      case LOG -> Math.log(x);
      case ERF -> ErrorFunction.erf(x);
      case SQRT -> Math.sqrt(x);
      case RSQRT -> 1 / Math.sqrt(x);
      case RECIPROCAL -> 1 / x;
      case SQUARE -> x * x;
      case ABS -> Math.abs(x);
      case SIGN -> Math.signum(x);
      case POW -> Math.pow(x, p);
      case CLAMP -> Math.min(Math.max(x, p), q);
    };
  }

  @Override
  public void binary(Binary function, BroadcastPlan plan, Tensor a, Tensor b, Tensor y) {
    Elements left = Elements.read(a);
    Elements right = Elements.read(b);
    Elements to = Elements.write(y);
    long position = 0;
    for (long o = 0; o < plan.outer(); o++) {
      for (long m = 0; m < plan.mid(); m++) {
        long atA = o * plan.aOuter() + m * plan.aMid();
        long atB = o * plan.bOuter() + m * plan.bMid();
        for (long i = 0; i < plan.inner(); i++, position++) {
          double value =
              binary(
                  function, left.get(atA + i * plan.aInner()), right.get(atB + i * plan.bInner()));
          to.set(position, value);
        }
      }
    }
  }

  private static double binary(Binary function, double a, double b) {
    return switch (function) {
      case ADD -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> a / b;
      case MAX -> Math.max(a, b);
      case MIN -> Math.min(a, b);
      case GREATER -> a > b ? 1 : 0;
      case EQUAL -> a == b ? 1 : 0;
      case MASK -> b != 0 ? a : 0;
    };
  }

  @Override
  public void axpby(double alpha, Tensor x, double beta, Tensor y) {
    Elements from = Elements.read(x);
    Elements to = Elements.update(y);
    long n = x.elements();
    for (long i = 0; i < n; i++) {
      double scaled = alpha * from.get(i);
      to.set(i, beta == 0 ? scaled : scaled + beta * to.get(i));
    }
  }

  @Override
  public void activate(Activation function, Tensor x, Tensor y) {
    Elements from = Elements.read(x);
    Elements to = Elements.write(y);
    long n = x.elements();
    for (long i = 0; i < n; i++) {
      to.set(i, ActivationMath.value(function, from.get(i)));
    }
  }

  @Override
  public void activateBackward(Activation function, Tensor x, Tensor dy, Tensor dx) {
    Elements from = Elements.read(x);
    Elements upstream = Elements.read(dy);
    Elements to = Elements.write(dx);
    long n = x.elements();
    for (long i = 0; i < n; i++) {
      to.set(i, gradient(function, from.get(i), upstream.get(i)));
    }
  }

  private static double gradient(Activation function, double x, double dy) {
    // Not 0 · dy: what does not pass relu is cut off, whether it is finite or not.
    return function == Activation.RELU && x <= 0 ? 0 : dy * ActivationMath.slope(function, x);
  }
}
