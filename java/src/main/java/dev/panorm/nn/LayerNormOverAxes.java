package dev.panorm.nn;

import dev.panorm.EpsMode;
import dev.panorm.Tensor;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Normalize;
import dev.panorm.autograd.Variable;
import dev.panorm.internal.check.Check;
import org.jspecify.annotations.Nullable;

/**
 * LayerNorm over any axes: y = weight · (x − mean) · r + bias with mean and biased variance over
 * the axes at each place of the others. Over axis 1 of [N, C, H, W] it is the LayerNorm2d of
 * ConvNeXt (Liu et al. 2022).
 *
 * <p>Written out in elementwise functions and reductions: the data stays where it is, at the price
 * of several passes. Over trailing axes {@link LayerNorm} does the same in one.
 */
public final class LayerNormOverAxes extends Module {

  private static final String NAME = "layerNormOverAxes";

  private final int[] axes;
  private final double eps;
  private final EpsMode epsMode;
  private final @Nullable Parameter weight;
  private final @Nullable Parameter bias;

  private LayerNormOverAxes(Builder options) {
    axes = options.axes;
    eps = options.eps;
    epsMode = options.epsMode;
    long[] sizes = options.sizes;
    weight = sizes.length == 0 ? null : NormParameters.weight(this::register, sizes);
    bias = sizes.length == 0 ? null : NormParameters.bias(this::register, sizes);
  }

  /** Returns options to start from: eps 1e-5 inside the root, no scale and no shift. */
  public static Builder builder(int... axes) {
    return new Builder(axes);
  }

  @Override
  public Variable forward(Variable x) {
    Variable y = Normalize.overAxes(x, epsMode, eps, axes);
    Variable scaled = weight == null ? y : Arithmetic.mul(y, weight);
    return bias == null ? scaled : Arithmetic.add(scaled, bias);
  }

  /**
   * As {@link #forward(Variable)} where only elements whose mask is not 0 count, such as those of
   * sequences that were padded: the others take no part in the statistics, come out as 0 and get no
   * gradient.
   *
   * @param mask constant of x's type, whose shape broadcasts to x's: [N, length, 1] for the
   *     positions of [N, length, features]; see {@link PaddingMask}
   */
  public Variable forward(Variable x, Tensor mask) {
    Variable y = Normalize.overAxes(x, mask, epsMode, eps, axes);
    Variable scaled = weight == null ? y : Arithmetic.mul(y, weight);
    return bias == null ? scaled : Arithmetic.mask(Arithmetic.add(scaled, bias), mask);
  }

  /** Returns the scale, null without. */
  public @Nullable Parameter weight() {
    return weight;
  }

  /** Returns the shift, null without. */
  public @Nullable Parameter bias() {
    return bias;
  }

  /** Options of the norm. */
  public static final class Builder {

    private final int[] axes;
    private double eps = 1e-5;
    private EpsMode epsMode = EpsMode.INSIDE_SQRT;
    private long[] sizes = {};

    private Builder(int... axes) {
      Check.that(axes.length > 0, NAME, "axes", "none", "one or more");
      this.axes = axes.clone();
    }

    /** Sets eps, 0 or more. */
    public Builder eps(double value) {
      Check.that(value >= 0, NAME, "eps", value, "0 or more");
      eps = value;
      return this;
    }

    /** Sets where eps stands. */
    public Builder epsMode(EpsMode mode) {
      epsMode = mode;
      return this;
    }

    /**
     * Adds a scale and a shift.
     *
     * @param shape their sizes, which broadcast to the data's: {@code (channels, 1, 1)} for the
     *     channels of NCHW
     */
    public Builder affine(long... shape) {
      sizes = shape.clone();
      return this;
    }

    /** Returns the module. */
    public LayerNormOverAxes build() {
      return new LayerNormOverAxes(this);
    }
  }
}
