package dev.panorm.nn;

/** {@link BatchNorm} of images of [N, C, H, W], or with the channels last. */
public final class BatchNorm2d extends BatchNorm {

  private static final String NAME = "batchNorm2d";

  /** Creates the module with PyTorch's defaults. */
  public BatchNorm2d(long numFeatures) {
    this(builder(numFeatures));
  }

  private BatchNorm2d(Builder<BatchNorm2d> options) {
    super(NAME, options);
  }

  /** Returns options to start from; all of them have PyTorch's defaults. */
  public static Builder<BatchNorm2d> builder(long numFeatures) {
    return new Builder<>(NAME, numFeatures, BatchNorm2d::new);
  }

  @Override
  boolean accepts(int rank) {
    return rank == 4;
  }

  @Override
  String expected() {
    return "4 dimensions, [N, C, H, W]";
  }
}
