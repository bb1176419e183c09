package dev.panorm.ops;

import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.backend.Backends;
import dev.panorm.backend.Operation;
import dev.panorm.backend.SoftmaxKernels;
import dev.panorm.internal.check.Check;
import dev.panorm.internal.check.Hold;

/**
 * Softmax and its logarithm along one dimension, forward and backward.
 *
 * <p>All tensors of a call have x's shape and type, float32 or float64. Outputs are given by the
 * caller and overwritten. An element of −∞ (a mask) has probability 0; where all of them are −∞, or
 * one is NaN or +∞, the results along the dimension are NaN as in PyTorch. Nothing is allocated on
 * the Java heap.
 */
public final class Softmax {

  private Softmax() {}

  /**
   * y = exp(x − max x) / Σ exp(x − max x).
   *
   * @param dim the dimension of the sum, negative to count from the end
   * @param y result; may be the very memory of x
   */
  public static void softmax(Tensor x, int dim, Tensor y) {
    forward("softmax", false, x, dim, y);
  }

  /** y = x − max x − ln Σ exp(x − max x); parameters as in {@link #softmax}. */
  public static void logSoftmax(Tensor x, int dim, Tensor y) {
    forward("logSoftmax", true, x, dim, y);
  }

  /**
   * dx = y · (dy − Σ dy · y).
   *
   * @param y what {@link #softmax} returned
   * @param dim as in forward
   * @param dy upstream gradient
   * @param dx receives the gradient; may be the very memory of dy
   */
  public static void softmaxBackward(Tensor y, int dim, Tensor dy, Tensor dx) {
    backward("softmax backward", false, y, dim, dy, dx);
  }

  /**
   * dx = dy − exp(y) · Σ dy.
   *
   * @param y what {@link #logSoftmax} returned
   * @param dim as in forward
   * @param dy upstream gradient
   * @param dx receives the gradient; may be the very memory of dy
   */
  public static void logSoftmaxBackward(Tensor y, int dim, Tensor dy, Tensor dx) {
    backward("logSoftmax backward", true, y, dim, dy, dx);
  }

  private static void forward(String op, boolean log, Tensor x, int dim, Tensor y) {
    Check.floating(op, "x", x);
    int axis = x.shape().axis(dim);
    Check.like(op, "y", y, x.dtype(), x.shape());
    Check.writable(op, "y", y);
    Check.apartOrSame(op, "y", y, "x", x);
    Hold.retain(x, y);
    try {
      if (x.elements() > 0) {
        Shape s = x.shape();
        kernels(x).softmax(log, outer(s, axis), s.dim(axis), inner(s, axis), x, y);
      }
    } finally {
      Hold.release(x, y);
    }
  }

  private static void backward(String op, boolean log, Tensor y, int dim, Tensor dy, Tensor dx) {
    Check.floating(op, "y", y);
    int axis = y.shape().axis(dim);
    Check.like(op, "dy", dy, y.dtype(), y.shape());
    Check.like(op, "dx", dx, y.dtype(), y.shape());
    Check.writable(op, "dx", dx);
    Check.apart(op, "dx", dx, "y", y);
    Check.apartOrSame(op, "dx", dx, "dy", dy);
    Hold.retain(y, dy, dx, null);
    try {
      if (y.elements() > 0) {
        Shape s = y.shape();
        kernels(y).softmaxBackward(log, outer(s, axis), s.dim(axis), inner(s, axis), y, dy, dx);
      }
    } finally {
      Hold.release(y, dy, dx, null);
    }
  }

  private static long outer(Shape shape, int axis) {
    return shape.product(0, axis);
  }

  private static long inner(Shape shape, int axis) {
    return shape.product(axis + 1, shape.rank());
  }

  private static SoftmaxKernels kernels(Tensor x) {
    return Backends.select(Operation.SOFTMAX, x.dtype(), x.elements()).softmax();
  }
}
