package dev.panorm.nn;

/** {@link BatchNorm} of volumes of [N, C, D, H, W], or with the channels last. */
public final class BatchNorm3d extends BatchNorm {

  private static final String NAME = "batchNorm3d";

  /** Creates the module with PyTorch's defaults. */
  public BatchNorm3d(long numFeatures) {
    this(builder(numFeatures));
  }

  private BatchNorm3d(Builder<BatchNorm3d> options) {
    super(NAME, options);
  }

  /** Returns options to start from; all of them have PyTorch's defaults. */
  public static Builder<BatchNorm3d> builder(long numFeatures) {
    return new Builder<>(NAME, numFeatures, BatchNorm3d::new);
  }

  @Override
  boolean accepts(int rank) {
    return rank == 5;
  }

  @Override
  String expected() {
    return "5 dimensions, [N, C, D, H, W]";
  }
}
