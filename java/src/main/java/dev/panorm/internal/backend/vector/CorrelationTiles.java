package dev.panorm.internal.backend.vector;

import dev.panorm.internal.memory.Memory;
import jdk.incubator.vector.FloatVector;

/**
 * A {@link Correlation} as products of tiles: the windows of two vectors of positions are laid out
 * as one panel, which stays in a first-level cache while every panel of the weight meets it. The
 * source is copied with its zeros first, so that no window needs a test. A last vector that
 * overlaps the one before is computed beside it or after it, so that nothing is added twice.
 */
final class CorrelationTiles extends CorrelationTask {

  private static final int LANES = Lanes.FLOATS;
  private static final long PANEL_STEP = 2 * Lanes.BYTES;

  private final FloatGemmTile tile = new FloatGemmTile();

  /** Vectors of a row of the target; the last ends where the row does and may overlap. */
  private final int vectors;

  private final long sourceStep;

  CorrelationTiles(Correlation correlation) {
    super(correlation, GemmTile.ROWS);
    vectors = (c.outWidth() + LANES - 1) / LANES;
    sourceStep = (long) c.sourceRows(blockRows) * c.paddedWidth() * F4;
  }

  @Override
  long roomBytes() {
    return panelBytes() + tileBytes() + aligned(c.channels() * sourceStep + Lanes.BYTES);
  }

  private long panelBytes() {
    return (long) tapRows * c.kernelW() * c.channels() * PANEL_STEP;
  }

  private static long tileBytes() {
    return GemmTile.ROWS * PANEL_STEP;
  }

  @Override
  void block(long from, int row, int rows, long weight, long biases, long to, long room) {
    long copy = room + panelBytes() + tileBytes();
    copySource(from, row, c.sourceRows(rows), copy);
    long rowOfTarget = to + (long) row * c.outWidth() * F4;
    int all = rows * vectors;
    for (int v = 0; v < all; v += 2) {
      int w = Math.min(v + 1, all - 1);
      long window = place(copy, v, c.paddedWidth());
      long secondWindow = place(copy, w, c.paddedWidth());
      long first = place(rowOfTarget, v, c.outWidth());
      long second = place(rowOfTarget, w, c.outWidth());
      for (int i = 0; i < c.kernelH(); i += tapRows) {
        int some = Math.min(tapRows, c.kernelH() - i);
        long moved = (long) i * c.dilationH() * c.paddedWidth() * F4;
        packWindows(window + moved, secondWindow + moved, some, room);
        multiply(weight, i, some, biases, room, first, second);
      }
    }
  }

  /** Products of the windows with some rows of the kernel, for every channel of a group. */
  private void multiply(
      long weight, int tapRow, int rows, long biases, long windows, long first, long second) {
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
        long bias = biases == 0 ? 0 : biases + channel * F4;
        store(product, bias, real, first + at, second + at, plane);
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
  private void copySource(long from, int firstRow, int rows, long to) {
    int width = c.paddedWidth();
    int right = width - c.padW() - c.width();
    for (int s = 0; s < c.channels(); s++) {
      long plane = from + (long) s * c.height() * c.width() * F4;
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
