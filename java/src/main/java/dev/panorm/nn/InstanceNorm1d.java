package dev.panorm.nn;

/** {@link InstanceNorm} of data of [N, C, L], without N too, or with the channels last. */
public final class InstanceNorm1d extends InstanceNorm {

  private static final String NAME = "instanceNorm1d";

  /** Creates the module with PyTorch's defaults. */
  public InstanceNorm1d(long numFeatures) {
    this(builder(numFeatures));
  }

  private InstanceNorm1d(Builder<InstanceNorm1d> options) {
    super(NAME, 3, options);
  }

  /** Returns options to start from; all of them have PyTorch's defaults. */
  public static Builder<InstanceNorm1d> builder(long numFeatures) {
    return new Builder<>(NAME, numFeatures, InstanceNorm1d::new);
  }
}
