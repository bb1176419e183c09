package dev.panorm.internal.backend.vector;

import dev.panorm.backend.ReducePlan;
import dev.panorm.backend.Reduction;
import dev.panorm.internal.memory.Memory;
import dev.panorm.internal.parallel.WorkerPool;
import java.lang.foreign.ValueLayout;

/**
 * The gradient of the weight of a {@link Correlation} as products of tiles: the target's gradient,
 * its channels side by side, times the windows of the source, whose channels stand side by side as
 * well, so that a row of a window is one run of memory.
 *
 * <p>A part takes some samples. Chains of at most {@value #CHUNK} products or one row of positions
 * are added up in float32 within a part, and the parts in float64.
 */
final class CorrelationGradientTask implements WorkerPool.PartTask {

  private static final long F4 = Float.BYTES;
  private static final int ROWS = GemmTile.ROWS;
  private static final int COLUMNS = 2 * Lanes.FLOATS;
  private static final long PANEL_STEP = 2 * Lanes.BYTES;
  private static final long TILE = (long) ROWS * COLUMNS;
  private static final long STEP_A = ROWS * F4;

  /** Positions that one product runs over: their panels stay in a first-level cache. */
  private static final int CHUNK = 256;

  private static final long MOST_PARTS = 16;

  /** Elements of all parts' sums together. */
  private static final long MOST_SUMS = 1 << 23;

  private static final long SOURCE_BYTES = 1 << 18;

  private final Loan loan = new Loan();
  private final FloatGemmTile tile = new FloatGemmTile();
  private final ReduceTask overParts = new ReduceTask();
  private final Correlation c;

  /** Panels of a row of a window, and of the target's channels. */
  private final int windowPanels;

  private final int channelPanels;

  private final int chunkRows;
  private final int blockRows;
  private final long blocks;
  private final long units;
  private final long sums;
  private final int parts;
  private final long sourceRow;
  private final long roomBytes;
  private long source;
  private long upstream;
  private long table;
  private long rooms;

  CorrelationGradientTask(Correlation correlation) {
    c = correlation;
    windowPanels = (c.kernelW() * c.channels() + COLUMNS - 1) / COLUMNS;
    channelPanels = (c.outChannels() + ROWS - 1) / ROWS;
    chunkRows = Math.clamp((long) CHUNK / c.outWidth(), 1, c.outHeight());
    sourceRow = (long) c.paddedWidth() * c.channels() * F4;
    long fitting = SOURCE_BYTES / sourceRow - c.sourceRows(0);
    blockRows = Math.clamp(fitting, chunkRows, c.outHeight());
    blocks = Math.ceilDiv((long) c.outHeight(), blockRows);
    units = c.batch() * blocks;
    sums = c.groups() * c.kernelH() * windowPanels * channelPanels * TILE;
    parts = (int) Math.max(1, Math.min(Math.min(units, MOST_PARTS), MOST_SUMS / sums));
    roomBytes =
        aligned(upstreamBytes())
            + aligned(chunk() * PANEL_STEP)
            + aligned(TILE * F4)
            + aligned(c.sourceRows(blockRows) * sourceRow + PANEL_STEP);
  }

  private static long aligned(long bytes) {
    return (bytes + 127) / 128 * 128;
  }

  private long chunk() {
    return (long) chunkRows * c.outWidth();
  }

  private long upstreamBytes() {
    return channelPanels * chunk() * STEP_A;
  }

  /** Computes the gradient of a weight [O, C / groups, kernelH, kernelW]. */
  void run(long from, long dy, long dweight) {
    source = from;
    upstream = dy;
    long sumBytes = aligned(sums * F4);
    table = loan.take((parts + 1) * sumBytes + parts * roomBytes);
    rooms = table + (parts + 1) * sumBytes;
    try {
      WorkerPool.shared().run(parts, this);
      long total = table + parts * sumBytes;
      overParts.run(Reduction.SUM, new ReducePlan(1, parts, sumBytes / F4, false), table, total);
      unpack(total, dweight);
    } finally {
      loan.end();
    }
  }

  @Override
  public void run(int part) {
    long room = rooms + part * roomBytes;
    long sum = table + part * aligned(sums * F4);
    Runs.fill(0, sum, aligned(sums * F4) / F4);
    long to = (part + 1) * units / parts;
    for (long unit = part * units / parts; unit < to; unit++) {
      int row = (int) (unit % blocks) * blockRows;
      int rows = Math.min(blockRows, c.outHeight() - row);
      for (long group = 0; group < c.groups(); group++) {
        block(unit / blocks * c.groups() + group, row, rows, room, sum + group * groupBytes());
      }
    }
  }

  private long groupBytes() {
    return sums / c.groups() * F4;
  }

  /** Some rows of positions of all channels of a group. */
  private void block(long set, int row, int rows, long room, long sum) {
    long windows = room + aligned(upstreamBytes());
    long product = windows + aligned(chunk() * PANEL_STEP);
    long copy = product + aligned(TILE * F4);
    copySource(set, row, c.sourceRows(rows), copy);
    for (int done = 0; done < rows; done += chunkRows) {
      int some = Math.min(chunkRows, rows - done);
      packUpstream(set, row + done, some, room);
      chunk(copy + done * sourceRow, some, room, windows, product, sum);
    }
  }

  private void chunk(long copy, int rows, long channels, long windows, long product, long sum) {
    int positions = rows * c.outWidth();
    long panelBytes = positions * STEP_A;
    long at = sum;
    for (int i = 0; i < c.kernelH(); i++) {
      long from = copy + (long) i * c.dilationH() * sourceRow;
      for (int panel = 0; panel < windowPanels; panel++) {
        packWindows(from + panel * PANEL_STEP, rows, windows);
        for (int o = 0; o < channelPanels; o++) {
          tile.multiply(positions, channels + o * panelBytes, windows, product);
          Runs.add(product, at, (int) TILE);
          at += TILE * F4;
        }
      }
    }
  }

  private void packWindows(long from, int rows, long to) {
    long step = c.channels() * F4;
    for (int row = 0; row < rows; row++) {
      long at = to + (long) row * c.outWidth() * PANEL_STEP;
      packRow(from + row * sourceRow, step, c.outWidth(), at);
    }
  }

  /** Without vectors: the JIT made objects of them here, on two threads. */
  private static void packRow(long from, long step, int positions, long to) {
    for (int q = 0; q < positions; q++) {
      long source = from + q * step;
      long target = to + q * PANEL_STEP;
      for (long i = 0; i < PANEL_STEP; i += Long.BYTES) {
        long pair = Memory.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, source + i);
        Memory.ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, target + i, pair);
      }
    }
  }

  /** The target's gradient, the channels of a panel side by side. */
  private void packUpstream(long set, int row, int rows, long to) {
    int positions = rows * c.outWidth();
    long plane = (long) c.outHeight() * c.outWidth();
    long from = upstream + (set * c.outChannels() * plane + (long) row * c.outWidth()) * F4;
    for (int o = 0; o < channelPanels; o++) {
      tile.packLines(
          from + o * STEP_A * plane,
          plane * F4,
          Math.min(ROWS, c.outChannels() - o * ROWS),
          ROWS,
          positions,
          to + (long) o * positions * STEP_A);
    }
  }

  /** Copies the rows of the source that a block needs, channels side by side, zeros around. */
  private void copySource(long set, int firstRow, int rows, long to) {
    long right = c.paddedWidth() - c.padW() - (long) c.width();
    int channels = c.channels();
    long pixel = channels * F4;
    long plane = (long) c.height() * c.width();
    for (int i = 0; i < rows; i++) {
      int row = firstRow + i - c.padH();
      long at = to + i * sourceRow;
      if (row < 0 || row >= c.height()) {
        Runs.fill(0, at, (long) c.paddedWidth() * channels);
      } else {
        Runs.fill(0, at, (long) c.padW() * channels);
        long pixels = at + c.padW() * pixel;
        long from = source + (set * channels * plane + (long) row * c.width()) * F4;
        tile.packLines(from, plane * F4, channels, channels, c.width(), pixels);
        Runs.fill(0, pixels + c.width() * pixel, right * channels);
      }
    }
  }

  /** Puts the tiles of all sums into the weight's order. */
  private void unpack(long from, long to) {
    long taps = (long) c.kernelH() * c.kernelW();
    for (long o = 0; o < c.groups() * c.outChannels(); o++) {
      int channel = (int) (o % c.outChannels());
      long group = from + o / c.outChannels() * groupBytes();
      long row = channel / ROWS * TILE * F4 + channel % ROWS * PANEL_STEP;
      for (int i = 0; i < c.kernelH(); i++) {
        for (int k = 0; k < c.kernelW() * c.channels(); k++) {
          long panel = ((long) i * windowPanels + k / COLUMNS) * channelPanels;
          long at = group + row + (panel * TILE + k % COLUMNS) * F4;
          long tap = (long) i * c.kernelW() + k / c.channels();
          long place = (o * c.channels() + k % c.channels()) * taps + tap;
          Lanes.set(to + place * F4, Lanes.get(at));
        }
      }
    }
  }
}
