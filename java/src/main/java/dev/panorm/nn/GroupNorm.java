package dev.panorm.nn;

import dev.panorm.EpsMode;
import dev.panorm.Layout;
import dev.panorm.autograd.Normalize;
import dev.panorm.autograd.Variable;
import dev.panorm.internal.check.Check;
import dev.panorm.ops.NormSpec;
import org.jspecify.annotations.Nullable;

/**
 * GroupNorm over groups of adjacent channels of each sample (Wu and He 2018), scale and shift per
 * channel: the same in training and evaluation.
 */
public final class GroupNorm extends Module {

  private static final String NAME = "groupNorm";

  private final NormSpec spec;
  private final long numChannels;
  private final @Nullable Parameter weight;
  private final @Nullable Parameter bias;

  /**
   * Creates the module with PyTorch's defaults: eps 1e-5, scale and shift.
   *
   * @param numGroups number of groups, a divisor of the number of channels
   */
  public GroupNorm(long numGroups, long numChannels) {
    this(builder(numGroups, numChannels));
  }

  private GroupNorm(Builder options) {
    spec = options.spec;
    numChannels = options.numChannels;
    weight = options.weight ? NormParameters.weight(this::register, numChannels) : null;
    bias = options.bias ? NormParameters.bias(this::register, numChannels) : null;
  }

  /**
   * Returns a GroupNorm with groups of so many channels.
   *
   * @param groupSize channels of a group, a divisor of the number of channels
   */
  public static GroupNorm ofGroupSize(long groupSize, long numChannels) {
    Check.that(
        groupSize >= 1 && numChannels % groupSize == 0,
        NAME,
        "groupSize",
        groupSize,
        "a divisor of numChannels, " + numChannels);
    return new GroupNorm(numChannels / groupSize, numChannels);
  }

  /** Returns options to start from; all of them have PyTorch's defaults. */
  public static Builder builder(long numGroups, long numChannels) {
    return new Builder(numGroups, numChannels);
  }

  @Override
  public Variable forward(Variable x) {
    if (x.shape().rank() < 2) {
      throw new IllegalArgumentException(
          NAME + ": x has shape " + x.shape() + ", expected 2 dimensions or more");
    }
    long channels = x.shape().dim(spec.layout() == Layout.NCHW ? 1 : -1);
    if (channels != numChannels) {
      throw new IllegalArgumentException(
          NAME
              + ": x has "
              + channels
              + " channels in shape "
              + x.shape()
              + ", expected "
              + numChannels);
    }
    return Normalize.norm(spec, x, weight, bias);
  }

  /** Options of a GroupNorm. */
  public static final class Builder {

    private final long numChannels;
    private NormSpec spec;
    private boolean weight = true;
    private boolean bias = true;

    private Builder(long numGroups, long numChannels) {
      spec = NormSpec.groupNorm(numGroups);
      this.numChannels = numChannels;
      Check.that(
          numChannels >= 1 && numChannels % numGroups == 0,
          NAME,
          "numChannels",
          numChannels,
          "a multiple of numGroups, " + numGroups);
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

    /** Sets where the channels stand; {@link Layout#NCHW} by default. */
    public Builder layout(Layout layout) {
      spec = spec.withLayout(layout);
      return this;
    }

    /** Sets whether there are a scale and a shift; both by default. */
    public Builder affine(boolean affine) {
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
    public GroupNorm build() {
      return new GroupNorm(this);
    }
  }
}
