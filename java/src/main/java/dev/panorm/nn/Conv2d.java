package dev.panorm.nn;

import dev.panorm.Generator;
import dev.panorm.Layout;
import dev.panorm.autograd.Convolve;
import dev.panorm.autograd.Variable;
import dev.panorm.internal.check.Check;
import dev.panorm.ops.Conv2dSpec;
import org.jspecify.annotations.Nullable;

/**
 * Convolution of images [N, C, H, W], or [N, H, W, C] where the layout says so, with a weight [O, C
 * / groups, rows, columns].
 *
 * <p>Weight and bias begin as in PyTorch, uniform within ±1 / √(C / groups · rows · columns).
 */
public final class Conv2d extends Module {

  private final Conv2dSpec spec;
  private final Parameter weight;
  private final @Nullable Parameter bias;

  /** Creates the module with a square kernel, stride 1, no padding, and a bias. */
  public Conv2d(long inChannels, long outChannels, long kernelSize) {
    this(builder(inChannels, outChannels, kernelSize));
  }

  private Conv2d(Builder options) {
    spec = options.spec;
    weight =
        register(
            "weight",
            new Parameter(
                Parameter.Role.WEIGHT,
                options.outChannels,
                options.inChannels / options.groups,
                options.kernelRows,
                options.kernelColumns));
    bias =
        options.bias
            ? register("bias", new Parameter(Parameter.Role.BIAS, options.outChannels))
            : null;
    DefaultInit.fill(weight, bias, options.generator);
  }

  /** Creates the module around its parameters. */
  Conv2d(Conv2dSpec spec, Parameter weight, Parameter bias) {
    this.spec = spec;
    this.weight = register("weight", weight);
    this.bias = register("bias", bias);
  }

  /** Returns stride, padding, dilation, groups and layout. */
  public Conv2dSpec spec() {
    return spec;
  }

  /** Returns options to start from; all of them have PyTorch's defaults. */
  public static Builder builder(long inChannels, long outChannels, long kernelSize) {
    return new Builder(inChannels, outChannels, kernelSize, kernelSize);
  }

  @Override
  public Variable forward(Variable x) {
    return Convolve.conv2d(spec, x, weight, bias);
  }

  /** Returns the weight. */
  public Parameter weight() {
    return weight;
  }

  /** Returns the bias, null without. */
  public @Nullable Parameter bias() {
    return bias;
  }

  /** Options of a convolution. */
  public static final class Builder {

    private final long inChannels;
    private final long outChannels;
    private long kernelRows;
    private long kernelColumns;
    private long groups = 1;
    private boolean bias = true;
    private Conv2dSpec spec = Conv2dSpec.DENSE;
    private Generator generator = Generator.shared();

    private Builder(long inChannels, long outChannels, long kernelRows, long kernelColumns) {
      Check.that(inChannels >= 1, "conv2d", "inChannels", inChannels, "1 or more");
      Check.that(outChannels >= 1, "conv2d", "outChannels", outChannels, "1 or more");
      this.inChannels = inChannels;
      this.outChannels = outChannels;
      kernel(kernelRows, kernelColumns);
    }

    /** Sets the size of the kernel. */
    public Builder kernel(long rows, long columns) {
      Check.that(
          rows >= 1 && columns >= 1, "conv2d", "kernel", rows + " x " + columns, "1 or more");
      kernelRows = rows;
      kernelColumns = columns;
      return this;
    }

    /** Sets the stride in both directions; 1 by default. */
    public Builder stride(long stride) {
      spec = spec.withStride(stride, stride);
      return this;
    }

    /** Sets the zero padding on each side; 0 by default. */
    public Builder padding(long padding) {
      spec = spec.withPadding(padding, padding);
      return this;
    }

    /** Sets the distance between the kernel's elements; 1 by default. */
    public Builder dilation(long dilation) {
      spec = spec.withDilation(dilation, dilation);
      return this;
    }

    /** Sets the number of groups, a divisor of both channel counts; 1 by default. */
    public Builder groups(long number) {
      spec = spec.withGroups(number);
      groups = number;
      return this;
    }

    /** Sets where the channels stand; {@link Layout#NCHW} by default. */
    public Builder layout(Layout layout) {
      spec = spec.withLayout(layout);
      return this;
    }

    /** Sets whether there is a bias; there is by default. */
    public Builder bias(boolean present) {
      bias = present;
      return this;
    }

    /** Sets the source of the initial values; the shared generator by default. */
    public Builder generator(Generator source) {
      generator = source;
      return this;
    }

    /** Returns the module. */
    public Conv2d build() {
      Check.that(
          inChannels % groups == 0 && outChannels % groups == 0,
          "conv2d",
          "groups",
          groups,
          "a divisor of " + inChannels + " and " + outChannels);
      return new Conv2d(this);
    }
  }
}
