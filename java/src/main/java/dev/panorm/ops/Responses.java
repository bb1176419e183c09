package dev.panorm.ops;

import dev.panorm.Tensor;
import dev.panorm.backend.Backends;
import dev.panorm.backend.Operation;
import dev.panorm.backend.ResponseKernels;
import dev.panorm.backend.ResponsePlan;
import dev.panorm.internal.check.Check;
import dev.panorm.internal.check.Hold;

/**
 * Local response normalization (Krizhevsky, Sutskever and Hinton 2012), forward and backward, told
 * by a {@link ResponseSpec}. All tensors of a call have x's shape and type, float32 or float64.
 * Outputs are given by the caller and overwritten. Nothing is allocated on the Java heap. Formulas:
 * {@link ResponsePlan}, {@link ResponseKernels}.
 */
public final class Responses {

  private Responses() {}

  /** y = x · s^−beta; y may not share memory with x. */
  public static void forward(ResponseSpec spec, Tensor x, Tensor y) {
    String op = ResponseSpec.OP;
    Check.floating(op, "x", x);
    ResponsePlan plan = spec.plan(op, x.shape());
    Check.like(op, "y", y, x.dtype(), x.shape());
    Check.writable(op, "y", y);
    Check.apart(op, "y", y, "x", x);
    Hold.retain(x, y);
    try {
      if (x.elements() > 0) {
        kernels(x).forward(plan, x, y);
      }
    } finally {
      Hold.release(x, y);
    }
  }

  /**
   * Gradient of {@link #forward}.
   *
   * @param x what forward had
   * @param dy upstream gradient
   * @param dx receives the gradient of x; may be the very memory of dy
   */
  public static void backward(ResponseSpec spec, Tensor x, Tensor dy, Tensor dx) {
    String op = "localResponseNorm backward";
    Check.floating(op, "x", x);
    ResponsePlan plan = spec.plan(op, x.shape());
    Check.like(op, "dy", dy, x.dtype(), x.shape());
    Check.like(op, "dx", dx, x.dtype(), x.shape());
    Check.writable(op, "dx", dx);
    Check.apart(op, "dx", dx, "x", x);
    Check.apartOrSame(op, "dx", dx, "dy", dy);
    Hold.retain(x, dy, dx, null);
    try {
      if (x.elements() > 0) {
        kernels(x).backward(plan, x, dy, dx);
      }
    } finally {
      Hold.release(x, dy, dx, null);
    }
  }

  private static ResponseKernels kernels(Tensor x) {
    return Backends.select(Operation.RESPONSE, x.dtype(), x.elements()).responses();
  }
}
