package dev.panorm.nn;

import dev.panorm.DType;
import dev.panorm.autograd.Convolve;
import dev.panorm.autograd.Products;
import dev.panorm.autograd.Variable;
import org.jspecify.annotations.Nullable;

/** A linear map or a convolution whose weight is a function of other parameters. */
public abstract sealed class Reparametrized extends Module permits WeightNorm, SpectralNorm {

  private final Layer layer;
  private @Nullable Parameter bias;

  /** What the layer does with its input, its weight and its bias. */
  private interface Layer {
    Variable apply(Variable x, Variable weight, @Nullable Variable bias);
  }

  Reparametrized(Linear ignored) {
    layer = Products::linear;
  }

  Reparametrized(Conv2d conv) {
    layer = (x, weight, b) -> Convolve.conv2d(conv.spec(), x, weight, b);
  }

  /** Takes a copy of the bias over; called once, after the parameters of the weight. */
  final void takeBias(@Nullable Parameter from) {
    bias = from == null ? null : register("bias", copy(from));
  }

  static Parameter copy(Parameter from) {
    Parameter copy = new Parameter(from.role(), from.shape().dims());
    if (from.dtype() != DType.FLOAT32) {
      copy.to(from.dtype());
    }
    copy.value().copyFrom(from.value());
    return copy;
  }

  @Override
  public final Variable forward(Variable x) {
    return layer.apply(x, weight(), bias);
  }

  /** Returns the weight that the layer has now; its memory belongs to the open tape. */
  public abstract Variable weight();

  /** Returns the bias, null without. */
  public final @Nullable Parameter bias() {
    return bias;
  }

  /** The dimensions that make up the weight of one output. */
  static int[] perOutput(Variable weight) {
    int[] axes = new int[weight.shape().rank() - 1];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = i + 1;
    }
    return axes;
  }
}
