package dev.panorm.internal.backend.vector;

import dev.panorm.Layout;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Family;

/**
 * Short planes (NCHW) of batch norm as the columns of a matrix with one row per sample, and how it
 * is cut into strips of whole channels: rows of a strip are long enough for the kernels of columns,
 * where a loop over the 49 elements of a 7 x 7 plane would hardly begin before it ends.
 */
final class Strips {

  /** Rows that float32 partial sums run over. */
  static final int BLOCK = ColumnSplit.BLOCK;

  /** Elements of the longest plane that is worth it. */
  private static final long LONGEST = Scratch.CHUNK / 2;

  /**
   * The same for a forward with given statistics: longer planes go faster one after the other, in
   * the order in which they stand.
   */
  private static final long LONGEST_FROZEN = 256;

  /** Strips that keep some threads busy. */
  private static final long ENOUGH = 8;

  private static final long F4 = Float.BYTES;

  int samples;
  int inner;
  long channels;
  private long channelsPerStrip;

  static boolean serve(ForwardCall call) {
    return serve(call.plan) && (!call.frozen() || call.plan.inner() <= LONGEST_FROZEN);
  }

  static boolean serve(BackwardCall call) {
    return serve(call.plan);
  }

  static boolean serve(NormPlan plan) {
    return plan.family() == Family.CHANNEL
        && plan.layout() == Layout.NCHW
        && plan.inner() > 1
        && plan.inner() <= LONGEST
        && plan.outer() <= Integer.MAX_VALUE
        && plan.centred();
  }

  void bind(NormPlan plan) {
    samples = (int) plan.outer();
    inner = (int) plan.inner();
    channels = plan.channels();
    long worthIt = Partition.itemsPerPart(plan.perStatistic());
    long wanted = Math.max(worthIt, (channels + ENOUGH - 1) / ENOUGH);
    channelsPerStrip = Math.min(wanted, Scratch.CHUNK / inner);
  }

  int count() {
    return Partition.parts(channels, channelsPerStrip);
  }

  long firstChannel(int strip) {
    return strip * channelsPerStrip;
  }

  int channelsOf(int strip) {
    return (int) Math.min(channelsPerStrip, channels - firstChannel(strip));
  }

  int columnsOf(int strip) {
    return channelsOf(strip) * inner;
  }

  /** Offset in bytes of a strip's first element in its first row. */
  long offset(int strip) {
    return firstChannel(strip) * inner * F4;
  }

  /** Bytes from a sample to the next. */
  long stride() {
    return channels * inner * F4;
  }

  /** Writes a channel's number for each of its columns. */
  void spread(float value, long columns, int channel) {
    Runs.fill(value, columns + channel * (long) inner * F4, inner);
  }

  /**
   * Adds the float32 sums of each channel's columns to its float64 sum, {@code step} bytes apart.
   */
  void fold(long columns, int ofChannels, long sums, long step) {
    for (int c = 0; c < ofChannels; c++) {
      long at = sums + c * step;
      Lanes.setWide(at, Lanes.getWide(at) + sum(columns + c * (long) inner * F4));
    }
  }

  private double sum(long at) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int i = 0;
    for (; i + 4 <= inner; i += 4) {
      s0 += Lanes.get(at + i * F4);
      s1 += Lanes.get(at + (i + 1) * F4);
      s2 += Lanes.get(at + (i + 2) * F4);
      s3 += Lanes.get(at + (i + 3) * F4);
    }
    for (; i < inner; i++) {
      s0 += Lanes.get(at + i * F4);
    }
    return (s0 + s1) + (s2 + s3);
  }
}
