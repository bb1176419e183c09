package dev.panorm.nn;

import dev.panorm.Layout;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * Number, mean and sum of squared deviations of the values of each channel, in float64: statistics
 * that can be merged, so that parts of the data may be seen one by one, by several threads or on
 * several machines. Objects never change.
 *
 * <p>Merging: mean = mean₁ + δ n₂ / n and M = M₁ + M₂ + δ² n₁ n₂ / n with δ = mean₂ − mean₁ (Chan,
 * Golub and LeVeque 1979).
 */
public final class ChannelMoments {

  private final long count;
  private final double[] mean;
  private final double[] squares;

  private ChannelMoments(long count, double[] mean, double[] squares) {
    this.count = count;
    this.mean = mean;
    this.squares = squares;
  }

  /** Returns the statistics of no data. */
  public static ChannelMoments none(int channels) {
    return new ChannelMoments(0, new double[channels], new double[channels]);
  }

  /**
   * Returns the statistics of [N, C, positions...] or, with channels last, [N, positions..., C], in
   * two passes.
   */
  public static ChannelMoments of(Tensor x, Layout layout) {
    int axis = channelAxis(x.shape(), layout);
    return of(x, axis, x.shape().elements() / Math.max(1, x.shape().dim(axis)), position -> true);
  }

  /**
   * As {@link #of(Tensor, Layout)}, of the positions alone whose mask is not 0.
   *
   * @param mask [N, positions...]
   */
  public static ChannelMoments of(Tensor x, Tensor mask, Layout layout) {
    int axis = channelAxis(x.shape(), layout);
    Check.that(
        mask.elements() * x.shape().dim(axis) == x.elements(),
        "channelMoments",
        "mask's shape",
        mask.shape(),
        "an element for each position of " + x.shape());
    double[] kept = mask.toDoubleArray();
    long count = Arrays.stream(kept).filter(k -> k != 0).count();
    return of(x, axis, count, position -> kept[position] != 0);
  }

  private static int channelAxis(Shape shape, Layout layout) {
    Check.that(shape.rank() >= 2, "channelMoments", "x's shape", shape, "2 dimensions or more");
    return layout == Layout.NCHW ? 1 : shape.rank() - 1;
  }

  /** Two passes over [outer, channels, inner]; positions are numbered as [outer, inner]. */
  private static ChannelMoments of(Tensor x, int axis, long count, IntPredicate kept) {
    int channels = Math.toIntExact(x.shape().dim(axis));
    int inner = Math.toIntExact(x.shape().product(axis + 1, x.shape().rank()));
    double[] values = x.toDoubleArray();
    double[] mean = new double[channels];
    double[] squares = new double[channels];
    for (int i = 0; i < values.length; i++) {
      if (kept.test(i / inner / channels * inner + i % inner)) {
        mean[i / inner % channels] += values[i];
      }
    }
    for (int c = 0; c < channels && count > 0; c++) {
      mean[c] /= count;
    }
    for (int i = 0; i < values.length; i++) {
      if (kept.test(i / inner / channels * inner + i % inner)) {
        double deviation = values[i] - mean[i / inner % channels];
        squares[i / inner % channels] += deviation * deviation;
      }
    }
    return new ChannelMoments(count, mean, squares);
  }

  /**
   * Returns the statistics that {@link #toArray} wrote down.
   *
   * @throws IllegalArgumentException if the numbers are no statistics: an even number of them, or a
   *     count that is none
   */
  public static ChannelMoments of(double... numbers) {
    Check.that(
        numbers.length % 2 == 1, "channelMoments", "numbers", numbers.length, "an odd count");
    double count = numbers[0];
    Check.that(
        count >= 0 && count == Math.rint(count), "channelMoments", "count", count, "0 or more");
    int channels = numbers.length / 2;
    return new ChannelMoments(
        (long) count,
        Arrays.copyOfRange(numbers, 1, 1 + channels),
        Arrays.copyOfRange(numbers, 1 + channels, numbers.length));
  }

  /** Returns the count, the means and the sums of squared deviations, to be sent or stored. */
  public double[] toArray() {
    double[] numbers = new double[1 + 2 * channels()];
    numbers[0] = count;
    System.arraycopy(mean, 0, numbers, 1, channels());
    System.arraycopy(squares, 0, numbers, 1 + channels(), channels());
    return numbers;
  }

  /** Returns the statistics of this data and the other's together. */
  public ChannelMoments merge(ChannelMoments other) {
    Check.that(
        channels() == other.channels(), "merge", "channels", other.channels(), "" + channels());
    long both = count + other.count;
    if (both == 0) {
      return this;
    }
    double[] merged = new double[channels()];
    double[] total = new double[channels()];
    for (int c = 0; c < channels(); c++) {
      double delta = other.mean[c] - mean[c];
      merged[c] = mean[c] + delta * other.count / both;
      total[c] = squares[c] + other.squares[c] + delta * delta * count * other.count / both;
    }
    return new ChannelMoments(both, merged, total);
  }

  /** Returns how many values each channel has. */
  public long count() {
    return count;
  }

  /** Returns the number of channels. */
  public int channels() {
    return mean.length;
  }

  /** Returns the mean of a channel. */
  public double mean(int channel) {
    return mean[channel];
  }

  /** Returns the biased variance of a channel, Σ (x − mean)² / n. */
  public double variance(int channel) {
    return squares[channel] / count;
  }

  /** Returns the unbiased variance of a channel, Σ (x − mean)² / (n − 1). */
  public double unbiasedVariance(int channel) {
    return squares[channel] / (count - 1);
  }

  /** Returns whether all statistics are finite numbers. */
  public boolean isFinite() {
    return Arrays.stream(mean).allMatch(Double::isFinite)
        && Arrays.stream(squares).allMatch(Double::isFinite);
  }
}
