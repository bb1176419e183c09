package dev.panorm.internal.backend.vector;

import dev.panorm.internal.memory.Memory;
import dev.panorm.internal.parallel.WorkerPool;
import jdk.incubator.vector.FloatVector;

/**
 * A {@link Correlation} as products of tiles: the windows of two vectors of positions are laid out
 * as one panel, which stays in a first-level cache while every panel of the weight meets it. The
 * source is copied with its zeros first, so that no window needs a test.
 *
 * <p>Each element of the target is one chain of fused multiplications and additions for some rows
 * of the kernel, and the sum of these chains, whatever the parts. A last vector that overlaps the
 * one before is computed beside it or after it, so that nothing is added twice.
 */
final class CorrelationTask implements WorkerPool.PartTask {

  private static final long F4 = Float.BYTES;
  private static final int LANES = Lanes.FLOATS;
  private static final long PANEL_STEP = 2 * Lanes.BYTES;

  /** Parts that a call has at most. */
  private static final long MOST_PARTS = 16;

  /** Bytes of the source's copy: it stays in a second-level cache. */
  private static final long SOURCE_BYTES = 1 << 18;

  /**
   * Products that one chain has at most, unless a row of the kernel has more: short enough for the
   * error of float32 and for the panels to stay in a first-level cache.
   */
  private static final long LONGEST_CHAIN = 256;

  private final Loan loan = new Loan();
  private final FloatGemmTile tile = new FloatGemmTile();
  private final Correlation c;
  private final WeightPanels panels;

  /** Rows of the kernel that one product takes. */
  private final int tapRows;

  private final int blockRows;
  private final long blocks;
  private final long units;
  private final int parts;

  /** Vectors of a row of the target; the last ends where the row does and may overlap. */
  private final int vectors;

  private final long sourceStep;
  private final long roomBytes;
  private long source;
  private long target;
  private long bias;
  private long weights;
  private long rooms;

  CorrelationTask(Correlation correlation) {
    c = correlation;
    panels = new WeightPanels(c);
    tapRows = Math.clamp(LONGEST_CHAIN / ((long) c.kernelW() * c.channels()), 1, c.kernelH());
    vectors = (c.outWidth() + LANES - 1) / LANES;
    long fitting = SOURCE_BYTES / (c.channels() * (long) c.paddedWidth() * F4);
    long sharing = (c.batch() * c.outHeight() + MOST_PARTS - 1) / MOST_PARTS;
    blockRows = Math.clamp(Math.min(fitting - c.sourceRows(0), sharing), 1, c.outHeight());
    blocks = Math.ceilDiv((long) c.outHeight(), blockRows);
    units = c.batch() * blocks;
    parts = (int) Math.min(units, MOST_PARTS);
    sourceStep = (long) c.sourceRows(blockRows) * c.paddedWidth() * F4;
    roomBytes = panelBytes() + tileBytes() + aligned(c.channels() * sourceStep + Lanes.BYTES);
  }

  private static long aligned(long bytes) {
    return (bytes + 127) / 128 * 128;
  }

  private long panelBytes() {
    return (long) tapRows * c.kernelW() * c.channels() * PANEL_STEP;
  }

  private static long tileBytes() {
    return GemmTile.ROWS * PANEL_STEP;
  }

  /**
   * Computes the target.
   *
   * @param biases one per channel of the target, 0 for none
   */
  void run(long from, long weight, long biases, long to) {
    source = from;
    target = to;
    bias = biases;
    long weightBytes = aligned(c.groups() * panels.perGroup() * panels.bytes());
    weights = loan.take(weightBytes + parts * roomBytes);
    rooms = weights + weightBytes;
    try {
      panels.pack(weight, weights);
      WorkerPool.shared().run(parts, this);
    } finally {
      loan.end();
    }
  }

  @Override
  public void run(int part) {
    long room = rooms + part * roomBytes;
    long to = (part + 1) * units / parts;
    for (long unit = part * units / parts; unit < to; unit++) {
      int row = (int) (unit % blocks) * blockRows;
      int rows = Math.min(blockRows, c.outHeight() - row);
      for (long group = 0; group < c.groups(); group++) {
        block(unit / blocks * c.groups() + group, group, row, rows, room);
      }
    }
  }

  /** Some rows of all channels of a group. */
  private void block(long set, long group, int row, int rows, long room) {
    long product = room + panelBytes();
    long copy = product + tileBytes();
    copySource(set, row, c.sourceRows(rows), copy);
    long weight = weights + group * panels.perGroup() * panels.bytes();
    long plane = (long) c.outHeight() * c.outWidth();
    long to = target + set * c.outChannels() * plane * F4;
    int all = rows * vectors;
    for (int v = 0; v < all; v += 2) {
      int w = Math.min(v + 1, all - 1);
      long from = place(copy, v, c.paddedWidth());
      long secondFrom = place(copy, w, c.paddedWidth());
      long first = place(to + (long) row * c.outWidth() * F4, v, c.outWidth());
      long second = place(to + (long) row * c.outWidth() * F4, w, c.outWidth());
      for (int i = 0; i < c.kernelH(); i += tapRows) {
        int some = Math.min(tapRows, c.kernelH() - i);
        long moved = (long) i * c.dilationH() * c.paddedWidth() * F4;
        packWindows(from + moved, secondFrom + moved, some, room);
        multiply(weight, i, some, group, room, first, second);
      }
    }
  }

  /** Products of the windows with some rows of the kernel, for every channel of a group. */
  private void multiply(
      long weight, int tapRow, int rows, long group, long windows, long first, long second) {
    long product = windows + panelBytes();
    long plane = (long) c.outHeight() * c.outWidth() * F4;
    int depth = rows * c.kernelW() * c.channels();
    long skipped = (long) tapRow * c.kernelW() * c.channels() * GemmTile.ROWS * F4;
    for (int panel = 0; panel < panels.perGroup(); panel++) {
      int channel = panel * GemmTile.ROWS;
      int real = Math.min(GemmTile.ROWS, c.outChannels() - channel);
      tile.multiply(depth, weight + panel * panels.bytes() + skipped, windows, product);
      long at = channel * plane;
      if (tapRow > 0) {
        add(product, real, first + at, second + at, plane);
      } else {
        long biases = bias == 0 ? 0 : bias + (group * c.outChannels() + channel) * F4;
        store(product, biases, real, first + at, second + at, plane);
      }
    }
  }

  /** Address of vector v of a block's rows. */
  private long place(long from, int v, int width) {
    int column = Math.min(v % vectors * LANES, c.outWidth() - LANES);
    return from + ((long) (v / vectors) * width + column) * F4;
  }

  private void packWindows(long first, long second, int rows, long to) {
    long at = to;
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < c.kernelW(); j++) {
        long moved = ((long) i * c.dilationH() * c.paddedWidth() + (long) j * c.dilationW()) * F4;
        packTap(first + moved, second + moved, sourceStep, c.channels(), at);
        at += c.channels() * PANEL_STEP;
      }
    }
  }

  private static void packTap(long first, long second, long step, int channels, long to) {
    for (int s = 0; s < channels; s++) {
      Lanes.load(first + s * step).intoMemorySegment(Memory.ALL, to + s * PANEL_STEP, Lanes.ORDER);
      Lanes.load(second + s * step)
          .intoMemorySegment(Memory.ALL, to + s * PANEL_STEP + Lanes.BYTES, Lanes.ORDER);
    }
  }

  private static void store(
      long product, long bias, int rows, long first, long second, long plane) {
    for (int row = 0; row < rows; row++) {
      float shift = bias == 0 ? 0 : Lanes.get(bias + row * F4);
      long from = product + row * PANEL_STEP;
      Lanes.load(from).add(shift).intoMemorySegment(Memory.ALL, first + row * plane, Lanes.ORDER);
      Lanes.load(from + Lanes.BYTES)
          .add(shift)
          .intoMemorySegment(Memory.ALL, second + row * plane, Lanes.ORDER);
    }
  }

  private static void add(long product, int rows, long first, long second, long plane) {
    for (int row = 0; row < rows; row++) {
      long from = product + row * PANEL_STEP;
      long to = first + row * plane;
      FloatVector sum = Lanes.load(to).add(Lanes.load(from));
      FloatVector other = Lanes.load(second + row * plane).add(Lanes.load(from + Lanes.BYTES));
      sum.intoMemorySegment(Memory.ALL, to, Lanes.ORDER);
      other.intoMemorySegment(Memory.ALL, second + row * plane, Lanes.ORDER);
    }
  }

  /** Copies the rows of the source that a block needs, with zeros around. */
  private void copySource(long set, int firstRow, int rows, long to) {
    int width = c.paddedWidth();
    int right = width - c.padW() - c.width();
    for (int s = 0; s < c.channels(); s++) {
      long plane = source + (set * c.channels() + s) * c.height() * c.width() * F4;
      for (int i = 0; i < rows; i++) {
        int row = firstRow + i - c.padH();
        long at = to + s * sourceStep + (long) i * width * F4;
        if (row < 0 || row >= c.height()) {
          Runs.fill(0, at, width);
        } else {
          clear(at, c.padW());
          Runs.copy(plane + (long) row * c.width() * F4, at + c.padW() * F4, c.width());
          clear(at + (c.padW() + c.width()) * F4, right);
        }
      }
    }
  }

  private static void clear(long at, int count) {
    for (int i = 0; i < count; i++) {
      Lanes.set(at + i * F4, 0);
    }
  }
}
