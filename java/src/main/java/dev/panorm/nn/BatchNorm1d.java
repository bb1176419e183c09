package dev.panorm.nn;

/** {@link BatchNorm} of data of [N, C] or [N, C, L], or with the channels last. */
public final class BatchNorm1d extends BatchNorm {

  private static final String NAME = "batchNorm1d";

  /** Creates the module with PyTorch's defaults. */
  public BatchNorm1d(long numFeatures) {
    this(builder(numFeatures));
  }

  private BatchNorm1d(Builder<BatchNorm1d> options) {
    super(NAME, options);
  }

  /** Returns options to start from; all of them have PyTorch's defaults. */
  public static Builder<BatchNorm1d> builder(long numFeatures) {
    return new Builder<>(NAME, numFeatures, BatchNorm1d::new);
  }

  @Override
  boolean accepts(int rank) {
    return rank == 2 || rank == 3;
  }

  @Override
  String expected() {
    return "[N, C] or [N, C, L]";
  }
}
