package dev.panorm.data;

import dev.panorm.internal.check.Check;
import dev.panorm.internal.random.Philox;

/**
 * Random numbers for the samples of a batch: each follows from (seed, epoch, step, sample, draw)
 * alone.
 *
 * <p>The sample is its number in the data set, not its place in the batch. So an image is changed
 * the same way in whatever batch, by whatever thread and in whatever order it is made, and another
 * way in each epoch. Immutable, for use by any thread.
 */
public final class SampleDraws {

  /** Keeps these streams apart from those that others draw with the same seed. */
  private static final long DOMAIN = 0xA1L << 56;

  private static final int STEP_BITS = 16;
  private static final int EPOCH_BITS = 40;
  private static final int DRAW_BITS = 32;

  private final long seed;
  private final long epoch;
  private final int step;
  private final long[] samples;

  private SampleDraws(long seed, long epoch, int step, long[] samples) {
    this.seed = seed;
    this.epoch = epoch;
    this.step = step;
    this.samples = samples;
  }

  /**
   * Returns the numbers for a batch.
   *
   * @param seed of the experiment
   * @param epoch counted from 0, below 2^40
   * @param samples the number of each sample of the batch in its data set, below 2^31
   * @throws IllegalArgumentException if a number is outside its range
   */
  public static SampleDraws of(long seed, long epoch, long... samples) {
    String operation = "SampleDraws.of";
    Check.that(epoch >= 0 && epoch < 1L << EPOCH_BITS, operation, "epoch", epoch, "0 to 2^40 - 1");
    for (long sample : samples) {
      Check.that(
          sample >= 0 && sample <= Integer.MAX_VALUE, operation, "sample", sample, "0 to 2^31 - 1");
    }
    return new SampleDraws(seed, epoch, 0, samples.clone());
  }

  /** Returns the number of samples in the batch. */
  public int size() {
    return samples.length;
  }

  /**
   * Returns other numbers for the same samples, for another step of a pipeline.
   *
   * @param number below 2^16
   */
  public SampleDraws step(int number) {
    Check.that(
        number >= 0 && number < 1 << STEP_BITS, "SampleDraws.step", "number", number, "0 to 65535");
    return new SampleDraws(seed, epoch, number, samples);
  }

  /**
   * Returns a number in [0, 1).
   *
   * @param place of the sample in the batch
   * @param draw which of the sample's numbers, 0 to 2^32 − 1
   */
  public double uniform(int place, long draw) {
    return Philox.uniform(seed, stream(), index(place, draw));
  }

  /** Returns a number of N(0, 1), see {@link #uniform}. */
  public double normal(int place, long draw) {
    return Philox.normal(seed, stream(), index(place, draw));
  }

  /** Returns a whole number from 0 to {@code bound} − 1, see {@link #uniform}. */
  public long below(long bound, int place, long draw) {
    return Philox.below(bound, seed, stream(), index(place, draw));
  }

  private long stream() {
    return DOMAIN | epoch << STEP_BITS | step;
  }

  private long index(int place, long draw) {
    return samples[place] << DRAW_BITS | draw;
  }
}
