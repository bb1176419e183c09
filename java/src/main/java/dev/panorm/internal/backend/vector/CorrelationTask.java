package dev.panorm.internal.backend.vector;

import dev.panorm.internal.parallel.WorkerPool;

/**
 * A {@link Correlation} from planes to planes: which rows of which samples one part computes, and
 * what all parts share.
 *
 * <p>Each element of the target is one chain of fused multiplications and additions for some rows
 * of the kernel, and the sum of these chains, whatever the parts and whoever computes it, so its
 * bits are the same.
 */
abstract class CorrelationTask implements WorkerPool.PartTask {

  static final long F4 = Float.BYTES;

  /** Parts that a call has at most. */
  private static final long MOST_PARTS = 16;

  /** Bytes of the source's copy: it stays in a second-level cache. */
  private static final long SOURCE_BYTES = 1 << 18;

  /**
   * Products that one chain has at most, unless a row of the kernel has more: short enough for the
   * error of float32 and for what meets them to stay in a first-level cache.
   */
  private static final long LONGEST_CHAIN = 256;

  final Correlation c;
  final WeightPanels panels;

  /** Rows of the kernel that one chain takes. */
  final int tapRows;

  /** Rows of the target that are computed at once. */
  final int blockRows;

  private final Loan loan = new Loan();
  private final long blocks;
  private final long units;
  private final int parts;
  private long source;
  private long target;
  private long bias;
  private long weights;
  private long rooms;

  /**
   * @param panelRows channels of the target that are computed at once
   */
  CorrelationTask(Correlation correlation, int panelRows) {
    c = correlation;
    panels = new WeightPanels(c, panelRows);
    tapRows = Math.clamp(LONGEST_CHAIN / ((long) c.kernelW() * c.channels()), 1, c.kernelH());
    long fitting = SOURCE_BYTES / (c.channels() * (long) c.paddedWidth() * F4);
    long sharing = (c.batch() * c.outHeight() + MOST_PARTS - 1) / MOST_PARTS;
    blockRows = Math.clamp(Math.min(fitting - c.sourceRows(0), sharing), 1, c.outHeight());
    blocks = Math.ceilDiv((long) c.outHeight(), blockRows);
    units = c.batch() * blocks;
    parts = (int) Math.min(units, MOST_PARTS);
  }

  /** Returns the task as this machine does it best. */
  static CorrelationTask of(Correlation correlation) {
    return CorrelationInC.AVAILABLE
        ? new CorrelationInC(correlation)
        : new CorrelationTiles(correlation);
  }

  static long aligned(long bytes) {
    return (bytes + 127) / 128 * 128;
  }

  /**
   * Computes the target.
   *
   * @param biases one per channel of the target, 0 for none
   */
  final void run(long from, long weight, long biases, long to) {
    source = from;
    target = to;
    bias = biases;
    long weightBytes = aligned(c.groups() * panels.perGroup() * panels.bytes());
    weights = loan.take(weightBytes + parts * roomBytes());
    rooms = weights + weightBytes;
    try {
      panels.pack(weight, weights);
      WorkerPool.shared().run(parts, this);
    } finally {
      loan.end();
    }
  }

  @Override
  public final void run(int part) {
    long room = rooms + part * roomBytes();
    long to = (part + 1) * units / parts;
    for (long unit = part * units / parts; unit < to; unit++) {
      int row = (int) (unit % blocks) * blockRows;
      int rows = Math.min(blockRows, c.outHeight() - row);
      for (long group = 0; group < c.groups(); group++) {
        block(unit / blocks * c.groups() + group, group, row, rows, room);
      }
    }
  }

  private void block(long set, long group, int row, int rows, long room) {
    long from = source + set * c.channels() * c.height() * c.width() * F4;
    long to = target + set * c.outChannels() * c.outHeight() * c.outWidth() * F4;
    long weight = weights + group * panels.perGroup() * panels.bytes();
    block(from, row, rows, weight, bias == 0 ? 0 : bias + group * c.outChannels() * F4, to, room);
  }

  /** Returns the bytes that a part needs for itself, a multiple of a line of the caches. */
  abstract long roomBytes();

  /**
   * Computes some rows of all channels of a group of a sample.
   *
   * @param from the group's first plane of the source
   * @param row first row of the target
   * @param rows how many
   * @param weight the group's first panel
   * @param biases of the group, 0 for none
   * @param to the group's first plane of the target
   * @param room the part's own
   */
  abstract void block(long from, int row, int rows, long weight, long biases, long to, long room);
}
