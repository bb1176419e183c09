package dev.panorm.nn;

import dev.panorm.EpsMode;
import dev.panorm.autograd.Normalize;
import dev.panorm.autograd.Variable;
import dev.panorm.ops.NormSpec;
import org.jspecify.annotations.Nullable;

/**
 * LayerNorm over the trailing dimensions of each row (Ba, Kiros and Hinton 2016): the same in
 * training and evaluation.
 */
public final class LayerNorm extends Module {

  private final NormSpec spec;
  private final @Nullable Parameter weight;
  private final @Nullable Parameter bias;

  /**
   * Creates the module with PyTorch's defaults: eps 1e-5, scale and shift.
   *
   * @param normalizedShape sizes of the trailing dimensions
   */
  public LayerNorm(long... normalizedShape) {
    this(builder(normalizedShape));
  }

  private LayerNorm(Builder options) {
    spec = options.spec;
    long[] dims = spec.normalizedShape().dims();
    weight = options.weight ? NormParameters.weight(this::register, dims) : null;
    bias = options.bias ? NormParameters.bias(this::register, dims) : null;
  }

  /** Returns options to start from; all of them have PyTorch's defaults. */
  public static Builder builder(long... normalizedShape) {
    return new Builder(NormSpec.layerNorm(normalizedShape));
  }

  /**
   * Returns a norm of each sample over any axes, such as the channels of NCHW at each position:
   * {@code overAxes(1)}. It has no scale and no shift; {@link LayerNormOverAxes#builder} offers all
   * options.
   */
  public static LayerNormOverAxes overAxes(int... axes) {
    return LayerNormOverAxes.builder(axes).build();
  }

  @Override
  public Variable forward(Variable x) {
    return Normalize.norm(spec, x, weight, bias);
  }

  /** Returns the norm's sizes and eps. */
  public NormSpec spec() {
    return spec;
  }

  /** Options of a LayerNorm. */
  public static final class Builder {

    private NormSpec spec;
    private boolean weight = true;
    private boolean bias = true;

    private Builder(NormSpec spec) {
      this.spec = spec;
    }

    /** Sets eps, 0 or more; 1e-5 by default. */
    public Builder eps(double eps) {
      spec = spec.withEps(eps);
      return this;
    }

    /** Sets where eps stands; inside the root by default. */
    public Builder epsMode(EpsMode mode) {
      spec = spec.withEpsMode(mode);
      return this;
    }

    /** Sets whether there are a scale and a shift; both by default. */
    public Builder elementwiseAffine(boolean affine) {
      return weight(affine).bias(affine);
    }

    /** Sets whether there is a scale. */
    public Builder weight(boolean present) {
      weight = present;
      return this;
    }

    /** Sets whether there is a shift. */
    public Builder bias(boolean present) {
      bias = present;
      return this;
    }

    /** Returns the module. */
    public LayerNorm build() {
      return new LayerNorm(this);
    }
  }
}
