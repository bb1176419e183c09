package dev.panorm.nn;

/** {@link InstanceNorm} of images of [N, C, H, W], without N too, or with the channels last. */
public final class InstanceNorm2d extends InstanceNorm {

  private static final String NAME = "instanceNorm2d";

  /** Creates the module with PyTorch's defaults. */
  public InstanceNorm2d(long numFeatures) {
    this(builder(numFeatures));
  }

  private InstanceNorm2d(Builder<InstanceNorm2d> options) {
    super(NAME, 4, options);
  }

  /** Returns options to start from; all of them have PyTorch's defaults. */
  public static Builder<InstanceNorm2d> builder(long numFeatures) {
    return new Builder<>(NAME, numFeatures, InstanceNorm2d::new);
  }
}
