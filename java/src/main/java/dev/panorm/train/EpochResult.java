package dev.panorm.train;

/**
 * What one epoch of training came to.
 *
 * @param epoch number of the epoch, from 0
 * @param loss mean loss of the samples, each before the step on its batch
 * @param samples number of samples
 * @param seconds time taken
 */
public record EpochResult(long epoch, double loss, long samples, double seconds) {

  /** Returns the samples trained on in a second. */
  public double samplesPerSecond() {
    return samples / seconds;
  }
}
