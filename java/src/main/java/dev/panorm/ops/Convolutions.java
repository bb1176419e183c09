package dev.panorm.ops;

import dev.panorm.Tensor;
import dev.panorm.backend.Backends;
import dev.panorm.backend.Conv2dPlan;
import dev.panorm.backend.ConvolutionKernels;
import dev.panorm.backend.Operation;
import dev.panorm.internal.check.Check;
import dev.panorm.internal.check.Hold;
import org.jspecify.annotations.Nullable;

/**
 * Two-dimensional convolutions and their gradients, each a function of its own, since second
 * derivatives are made of the same three. Formula: {@link Conv2dPlan}. The gradient of the bias is
 * {@link Reductions#sum} over all but the channels.
 *
 * <p>All tensors of a call have one type, float32 or float64. Outputs are given by the caller and
 * overlap no input. x is [N, C, H, W] or [N, H, W, C] as the spec says, the weight [O, C / groups,
 * rows, columns] in both.
 *
 * <p>In float32, what a backend adds up for several results at once is spoiled at once: an element
 * that is infinite or NaN may make results one row or column beside its windows NaN as well.
 */
public final class Convolutions {

  private Convolutions() {}

  /**
   * y = convolution of x with the weight, plus the bias.
   *
   * @param bias [O], null for none
   * @param y of the shape that {@link Conv2dSpec#outputShape} returns
   */
  public static void conv2d(
      Conv2dSpec spec, Tensor x, Tensor weight, @Nullable Tensor bias, Tensor y) {
    String op = "conv2d";
    Check.floating(op, "x", x);
    Check.dtype(op, "weight", weight, x.dtype());
    Conv2dPlan plan = spec.plan(op, x.shape(), weight.shape());
    Check.elements(op, "bias", bias, x.dtype(), plan.outChannels());
    output(op, "y", plan, x, y);
    Check.writable(op, "y", y);
    Check.apart(op, "y", y, "x", x);
    Check.apart(op, "y", y, "weight", weight);
    Check.apart(op, "y", y, "bias", bias);
    Hold.retain(x, weight, bias, y);
    try {
      if (x.elements() > 0) {
        kernels(x).forward(plan, x, weight, bias, y);
      }
    } finally {
      Hold.release(x, weight, bias, y);
    }
  }

  /**
   * Gradient of {@link #conv2d} with respect to x, from that of y.
   *
   * @param dy upstream gradient, of y's shape
   * @param dx receives the gradient
   */
  public static void conv2dInputGradient(Conv2dSpec spec, Tensor weight, Tensor dy, Tensor dx) {
    String op = "conv2d input gradient";
    Check.floating(op, "weight", weight);
    Check.dtype(op, "dx", dx, weight.dtype());
    Conv2dPlan plan = spec.plan(op, dx.shape(), weight.shape());
    output(op, "dy", plan, weight, dy);
    Check.writable(op, "dx", dx);
    Check.apart(op, "dx", dx, "weight", weight);
    Check.apart(op, "dx", dx, "dy", dy);
    Hold.retain(weight, dy, dx, null);
    try {
      if (dx.elements() > 0) {
        kernels(dx).inputGradient(plan, weight, dy, dx);
      }
    } finally {
      Hold.release(weight, dy, dx, null);
    }
  }

  /**
   * Gradient of {@link #conv2d} with respect to the weight, from that of y.
   *
   * @param dy upstream gradient, of y's shape
   * @param dweight receives the gradient
   */
  public static void conv2dWeightGradient(Conv2dSpec spec, Tensor x, Tensor dy, Tensor dweight) {
    String op = "conv2d weight gradient";
    Check.floating(op, "x", x);
    Check.dtype(op, "dweight", dweight, x.dtype());
    Conv2dPlan plan = spec.plan(op, x.shape(), dweight.shape());
    output(op, "dy", plan, x, dy);
    Check.writable(op, "dweight", dweight);
    Check.apart(op, "dweight", dweight, "x", x);
    Check.apart(op, "dweight", dweight, "dy", dy);
    Hold.retain(x, dy, dweight, null);
    try {
      if (x.elements() > 0) {
        kernels(x).weightGradient(plan, x, dy, dweight);
      } else {
        dweight.fill(0);
      }
    } finally {
      Hold.release(x, dy, dweight, null);
    }
  }

  private static void output(String op, String name, Conv2dPlan plan, Tensor x, Tensor y) {
    Images.output(
        op, name, plan.layout(), plan.batch(), plan.outChannels(), plan.window(), x.dtype(), y);
  }

  private static ConvolutionKernels kernels(Tensor x) {
    return Backends.select(Operation.CONVOLUTION, x.dtype(), x.elements()).convolutions();
  }
}
