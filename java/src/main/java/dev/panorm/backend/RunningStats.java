package dev.panorm.backend;

import dev.panorm.Tensor;

/**
 * The running statistics that a BatchNorm in training keeps up to date, one per channel:
 *
 * <pre>
 *   mean := (1 − momentum) · mean + momentum · batch mean
 *   variance := (1 − momentum) · variance + momentum · batch variance · m / (m − 1)
 * </pre>
 *
 * with m values per channel; the batch variance is that of {@link dev.panorm.EpsMode#reported}.
 *
 * @param mean running mean, read and written
 * @param variance running variance, read and written
 * @param momentum weight of the new statistic, 0 to 1; {@link #momentumFromDecay} converts the
 *     opposite convention. For the cumulative average of PyTorch's {@code momentum=None} it is 1 /
 *     number of batches so far, this one included
 * @param unbiased whether the batch variance is taken times m / (m − 1), as PyTorch does
 */
public record RunningStats(Tensor mean, Tensor variance, double momentum, boolean unbiased) {

  /** Creates running statistics that take in the unbiased variance. */
  public RunningStats(Tensor mean, Tensor variance, double momentum) {
    this(mean, variance, momentum, true);
  }

  /**
   * Returns the momentum for a convention in which {@code decay} multiplies the old value (Keras,
   * DL4J, DJL).
   */
  public static double momentumFromDecay(double decay) {
    return 1 - decay;
  }

  /** Returns the statistic after a batch. */
  public double updated(double running, double batch) {
    return (1 - momentum) * running + momentum * batch;
  }

  /** Returns the batch variance that the running variance takes in, for m values per channel. */
  public double batchVariance(double biased, double m) {
    return unbiased ? biased * (m / (m - 1)) : biased;
  }
}
