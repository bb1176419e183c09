package dev.panorm.autograd;

import dev.panorm.DType;
import dev.panorm.Layout;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.ops.Conv2dSpec;
import dev.panorm.ops.Convolutions;
import dev.panorm.ops.Pool2dSpec;
import dev.panorm.ops.Pooling;
import org.jspecify.annotations.Nullable;

/** Convolution and pooling of images; they may be differentiated any number of times. */
public final class Convolve {

  private Convolve() {}

  /**
   * Returns the convolution of x with the weight, plus the bias.
   *
   * @param weight [O, C / groups, rows, columns]
   * @param bias [O], null for none
   */
  public static Variable conv2d(
      Conv2dSpec spec, Variable x, Variable weight, @Nullable Variable bias) {
    Tensor y = Tape.memory().empty(x.dtype(), spec.outputShape(x.shape(), weight.shape()));
    Convolutions.conv2d(spec, x.value(), weight.value(), bias == null ? null : bias.value(), y);
    Function back =
        gradients -> {
          gradients.give(0, dy -> inputGradient(spec, x.shape(), weight, dy));
          gradients.give(1, dy -> weightGradient(spec, x, weight.shape(), dy));
          if (bias != null) {
            gradients.give(2, dy -> biasGradient(spec, bias, dy));
          }
        };
    return Tape.record(y, back, Inputs.of(x, weight, bias).present());
  }

  private static Variable inputGradient(Conv2dSpec spec, Shape x, Variable weight, Variable dy) {
    Tensor dx = Tape.memory().empty(dy.dtype(), x);
    Convolutions.conv2dInputGradient(spec, weight.value(), dy.value(), dx);
    return Tape.record(
        dx,
        gradients -> {
          gradients.give(0, ddx -> weightGradient(spec, ddx, weight.shape(), dy));
          gradients.give(1, ddx -> conv2d(spec, ddx, weight, null));
        },
        weight,
        dy);
  }

  private static Variable weightGradient(Conv2dSpec spec, Variable x, Shape weight, Variable dy) {
    Tensor dweight = Tape.memory().empty(dy.dtype(), weight);
    Convolutions.conv2dWeightGradient(spec, x.value(), dy.value(), dweight);
    return Tape.record(
        dweight,
        gradients -> {
          gradients.give(0, ddweight -> inputGradient(spec, x.shape(), ddweight, dy));
          gradients.give(1, ddweight -> conv2d(spec, x, ddweight, null));
        },
        x,
        dy);
  }

  private static Variable biasGradient(Conv2dSpec spec, Variable bias, Variable dy) {
    long channels = bias.shape().elements();
    Shape kept = spec.layout() == Layout.NCHW ? Shape.of(channels, 1, 1) : Shape.of(channels);
    return Shapes.reshape(Sums.sumTo(dy, kept), bias.shape());
  }

  /** Returns the largest element of each window. */
  public static Variable maxPool2d(Pool2dSpec spec, Variable x) {
    Tensor y = Tape.memory().empty(x.dtype(), spec.outputShape(x.shape()));
    Tensor indices = Tape.memory().empty(DType.INT64, y.shape());
    Pooling.maxPool2d(spec, x.value(), y, indices);
    return Tape.record(
        y, gradients -> gradients.give(0, dy -> scatter(spec, x.shape(), indices, dy)), x);
  }

  private static Variable scatter(Pool2dSpec spec, Shape x, Tensor indices, Variable dy) {
    Tensor dx = Tape.memory().empty(dy.dtype(), x);
    Pooling.maxPool2dBackward(spec, indices, dy.value(), dx);
    return Tape.record(dx, gradients -> gradients.give(0, ddx -> gather(spec, ddx, indices)), dy);
  }

  private static Variable gather(Pool2dSpec spec, Variable x, Tensor indices) {
    Tensor y = Tape.memory().empty(x.dtype(), indices.shape());
    Pooling.maxPool2dGather(spec, x.value(), indices, y);
    return Tape.record(
        y, gradients -> gradients.give(0, dy -> scatter(spec, x.shape(), indices, dy)), x);
  }

  /** Returns the average of each window. */
  public static Variable avgPool2d(Pool2dSpec spec, Variable x) {
    Tensor y = Tape.memory().empty(x.dtype(), spec.outputShape(x.shape()));
    Pooling.avgPool2d(spec, x.value(), y);
    return Tape.record(y, gradients -> gradients.give(0, dy -> spread(spec, x.shape(), dy)), x);
  }

  private static Variable spread(Pool2dSpec spec, Shape x, Variable dy) {
    Tensor dx = Tape.memory().empty(dy.dtype(), x);
    Pooling.avgPool2dBackward(spec, dy.value(), dx);
    return Tape.record(dx, gradients -> gradients.give(0, ddx -> avgPool2d(spec, ddx)), dy);
  }
}
