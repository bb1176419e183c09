package dev.panorm.nn;

/** Which norm to try first: the advice of the lecture notes, as a function. */
public final class NormAdvice {

  private NormAdvice() {}

  /** What is to be normalized. */
  public enum Layer {
    /** A linear map: MLPs, attention. */
    LINEAR,
    /** A convolution on images. */
    CONVOLUTION,
    /** The steps of a recurrent network. */
    RECURRENT
  }

  /** What to try. */
  public enum Choice {
    /** {@link LayerNorm}. */
    LAYER_NORM,
    /** {@link GroupNorm}, its number of groups tuned. */
    GROUP_NORM,
    /** BatchNorm. */
    BATCH_NORM
  }

  /** Batches below give a BatchNorm too noisy statistics (Wu and He 2018, figure 1). */
  private static final long SMALL_BATCH = 16;

  /**
   * Returns the norm to try first: for convolutions BatchNorm where batches are large enough,
   * otherwise GroupNorm; elsewhere LayerNorm, or GroupNorm where the channels' scales differ much.
   * BatchNorm is never advised on plain linear layers.
   *
   * @param batchSize samples per step
   * @param channelScalesDiffer whether one scale for all features would hide the small ones
   */
  public static Choice recommend(Layer layer, long batchSize, boolean channelScalesDiffer) {
    if (layer == Layer.CONVOLUTION) {
      return batchSize >= SMALL_BATCH ? Choice.BATCH_NORM : Choice.GROUP_NORM;
    }
    return channelScalesDiffer ? Choice.GROUP_NORM : Choice.LAYER_NORM;
  }
}
