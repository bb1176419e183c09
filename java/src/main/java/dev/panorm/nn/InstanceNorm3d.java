package dev.panorm.nn;

/** {@link InstanceNorm} of volumes of [N, C, D, H, W], without N too, or with the channels last. */
public final class InstanceNorm3d extends InstanceNorm {

  private static final String NAME = "instanceNorm3d";

  /** Creates the module with PyTorch's defaults. */
  public InstanceNorm3d(long numFeatures) {
    this(builder(numFeatures));
  }

  private InstanceNorm3d(Builder<InstanceNorm3d> options) {
    super(NAME, 5, options);
  }

  /** Returns options to start from; all of them have PyTorch's defaults. */
  public static Builder<InstanceNorm3d> builder(long numFeatures) {
    return new Builder<>(NAME, numFeatures, InstanceNorm3d::new);
  }
}
