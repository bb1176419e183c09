package dev.panorm.nn;

import dev.panorm.DType;
import dev.panorm.autograd.Normalize;
import dev.panorm.autograd.Variable;
import dev.panorm.ops.NormSpec;
import org.jspecify.annotations.Nullable;

/**
 * RMSNorm over the trailing dimensions of each row, y = weight · x / √(mean x² + eps) (Zhang and
 * Sennrich 2019): the same in training and evaluation.
 */
public final class RMSNorm extends Module {

  private static final double FLOAT64_EPS = 0x1p-52;

  private final NormSpec spec;
  private final NormSpec spec64;
  private final @Nullable Parameter weight;

  /**
   * Creates the module with PyTorch's defaults: a scale, and for eps the distance from 1 to the
   * next number of the data's type.
   *
   * @param normalizedShape sizes of the trailing dimensions
   */
  public RMSNorm(long... normalizedShape) {
    this(builder(normalizedShape));
  }

  private RMSNorm(Builder options) {
    spec = options.spec;
    spec64 = options.epsGiven ? spec : spec.withEps(FLOAT64_EPS);
    long[] dims = spec.normalizedShape().dims();
    weight = options.weight ? NormParameters.weight(this::register, dims) : null;
  }

  /** Returns options to start from; all of them have PyTorch's defaults. */
  public static Builder builder(long... normalizedShape) {
    return new Builder(NormSpec.rmsNorm(normalizedShape));
  }

  @Override
  public Variable forward(Variable x) {
    return Normalize.norm(x.dtype() == DType.FLOAT64 ? spec64 : spec, x, weight, null);
  }

  /** Options of an RMSNorm. */
  public static final class Builder {

    private NormSpec spec;
    private boolean epsGiven;
    private boolean weight = true;

    private Builder(NormSpec spec) {
      this.spec = spec;
    }

    /** Sets eps, 0 or more, for every type of data. */
    public Builder eps(double eps) {
      spec = spec.withEps(eps);
      epsGiven = true;
      return this;
    }

    /** Sets whether there is a scale; there is by default. */
    public Builder elementwiseAffine(boolean affine) {
      weight = affine;
      return this;
    }

    /** Returns the module. */
    public RMSNorm build() {
      return new RMSNorm(this);
    }
  }
}
