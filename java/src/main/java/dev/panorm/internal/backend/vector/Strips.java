package dev.panorm.internal.backend.vector;

import dev.panorm.Layout;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Family;
import dev.panorm.internal.memory.Memory;
import jdk.incubator.vector.DoubleVector;

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

  /** Elements of a line of the caches. */
  private static final long LINE = 16;

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
    long most = Math.min(wanted, Scratch.CHUNK / inner);
    long wholeLines = LINE / Math.min(LINE, Long.lowestOneBit(inner));
    channelsPerStrip = most < wholeLines ? most : most - most % wholeLines;
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
    long lanes = Scratch.get().tail();
    for (int c = 0; c < ofChannels; c++) {
      long at = sums + c * step;
      Lanes.setWide(at, Lanes.getWide(at) + sum(columns + c * (long) inner * F4, lanes));
    }
  }

  private double sum(long at, long lanes) {
    DoubleVector sums = DoubleVector.zero(Lanes.D);
    long full = (inner - inner % Lanes.DOUBLES) * F4;
    for (long i = 0; i < full; i += Lanes.DOUBLES * F4) {
      sums = sums.add(Lanes.loadWidened(at + i));
    }
    sums.intoMemorySegment(Memory.ALL, lanes, Lanes.ORDER);
    double sum = 0;
    for (int i = 0; i < Lanes.DOUBLES; i++) {
      sum += Lanes.getWide(lanes + i * (long) Double.BYTES);
    }
    for (long i = full; i < inner * F4; i += F4) {
      sum += Lanes.get(at + i);
    }
    return sum;
  }
}
