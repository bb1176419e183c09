package dev.panorm.internal.backend.vector;

import dev.panorm.backend.ReducePlan;
import dev.panorm.backend.Reduction;
import dev.panorm.internal.parallel.WorkerPool;

/**
 * The gradient of the weight of a {@link Correlation} by {@link Winograd}'s products: the sums over
 * all tiles of the transformed gradient of the target times the transformed source, one product of
 * panels for each element of a tile. Source and gradient are copied as pixels first, so that
 * vectors are channels and the sums run over tiles.
 *
 * <p>A part takes some rows of tiles. Chains of at most {@value #CHUNK} products or one row of
 * tiles are added up in float32 within a part, and the parts in float64.
 */
final class WinogradGradientTask implements WorkerPool.PartTask {

  private static final long F4 = Float.BYTES;
  private static final int ROWS = GemmTile.ROWS;
  private static final long SIDE = Winograd.SIDE;
  private static final long STEP = Winograd.STEP;
  private static final int COLUMNS = 2 * Lanes.FLOATS;
  private static final long PANEL_STEP = 2 * Lanes.BYTES;
  private static final long STEP_A = ROWS * F4;
  private static final long TILE_BYTES = ROWS * PANEL_STEP;

  /** Tiles that one product runs over: their panels stay in a first-level cache. */
  private static final int CHUNK = 128;

  private static final long MOST_PARTS = 16;

  /** Bytes of all parts' sums together. */
  private static final long MOST_SUMS = 1 << 21;

  private final Loan loan = new Loan();
  private final FloatGemmTile tile = new FloatGemmTile();
  private final ReduceTask overParts = new ReduceTask();
  private final Correlation c;
  private final long sourcePanels;
  private final long targetPanels;
  private final int tileColumns;
  private final int tileRows;
  private final int blockRows;
  private final long blocks;
  private final long units;
  private final int parts;

  /** Bytes of the sums of a group, and of all. */
  private final long groupBytes;

  private final long sumBytes;

  /** Bytes of pixels and rows of pixels of the copies. */
  private final long sourcePixel;

  private final long sourceRow;
  private final long targetPixel;
  private final long targetRow;

  /** Bytes from element to element of the panels of two columns of transformed tiles. */
  private final long sourceElement;

  private final long targetElement;

  private final long sourceBytes;
  private final long targetBytes;
  private final long roomBytes;
  private long source;
  private long upstream;
  private long table;
  private long rooms;

  WinogradGradientTask(Correlation correlation) {
    c = correlation;
    sourcePanels = Math.ceilDiv(c.channels(), COLUMNS);
    targetPanels = Math.ceilDiv(c.outChannels(), ROWS);
    tileColumns = Math.ceilDiv(c.outWidth(), Winograd.STEP);
    tileRows = Math.ceilDiv(c.outHeight(), Winograd.STEP);
    blockRows = Math.clamp(CHUNK / tileColumns, 1, tileRows);
    blocks = Math.ceilDiv((long) tileRows, blockRows);
    units = c.batch() * blocks;
    groupBytes = Winograd.ELEMENTS * sourcePanels * targetPanels * TILE_BYTES;
    // One vector more than needed: parts that lie a power of two apart would share few cache lines.
    sumBytes = c.groups() * groupBytes + 3 * 64;
    parts = (int) Math.clamp(MOST_SUMS / sumBytes, 1, Math.min(units, MOST_PARTS));
    sourcePixel = sourcePanels * PANEL_STEP;
    sourceRow = (STEP * tileColumns + 2) * sourcePixel;
    // A whole vector is read for each panel's six channels.
    targetPixel = targetPanels * STEP_A + Lanes.BYTES;
    targetRow = STEP * tileColumns * targetPixel;
    sourceElement = (long) blockRows * tileColumns * PANEL_STEP;
    targetElement = (long) blockRows * tileColumns * STEP_A + Lanes.BYTES;
    sourceBytes = aligned((STEP * blockRows + 2) * sourceRow);
    targetBytes = aligned(STEP * blockRows * targetRow);
    roomBytes =
        sourceBytes
            + targetBytes
            + 2 * SIDE * (sourcePanels * sourceElement + targetPanels * targetElement)
            + TILE_BYTES;
  }

  private static long aligned(long bytes) {
    return (bytes + 127) / 128 * 128;
  }

  /** Computes the gradient of a weight [O, C / groups, 3, 3]. */
  void run(long from, long dy, long dweight) {
    source = from;
    upstream = dy;
    table = loan.take((parts + 1) * sumBytes + parts * aligned(roomBytes));
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
    long room = rooms + part * aligned(roomBytes);
    long sum = table + part * sumBytes;
    Runs.fill(0, sum, sumBytes / F4);
    Runs.fill(0, room, (sourceBytes + targetBytes) / F4);
    long to = (part + 1) * units / parts;
    for (long unit = part * units / parts; unit < to; unit++) {
      int row = (int) (unit % blocks) * blockRows;
      int rows = Math.min(blockRows, tileRows - row);
      for (long group = 0; group < c.groups(); group++) {
        long set = unit / blocks * c.groups() + group;
        copySource(set, row * Winograd.STEP, Winograd.STEP * rows + 2, room);
        copyUpstream(set, row * Winograd.STEP, Winograd.STEP * rows, room + sourceBytes);
        block(rows, room, sum + group * groupBytes);
      }
    }
  }

  /** Adds the products of some rows of tiles to the sums, two columns of elements at a time. */
  private void block(int rows, long room, long sum) {
    long windows = room + sourceBytes + targetBytes;
    long channels = windows + 2 * SIDE * sourcePanels * sourceElement;
    long product = channels + 2 * SIDE * targetPanels * targetElement;
    long panels = sourcePanels * targetPanels * TILE_BYTES;
    for (int first = 0; first < 2; first++) {
      for (int row = 0; row < rows; row++) {
        long tiles = (long) row * tileColumns;
        transformSource(first == 0, row, room, windows + tiles * PANEL_STEP);
        transformUpstream(first == 0, row, room + sourceBytes, channels + tiles * STEP_A);
      }
      for (int i = 0; i < 2 * SIDE; i++) {
        long column = i < SIDE ? first : SIDE - 1 - first;
        long at = sum + (i % SIDE * SIDE + column) * panels;
        long a = channels + i * targetElement;
        multiply(rows * tileColumns, a, windows + i * sourceElement, product, at);
      }
    }
  }

  private void multiply(int tiles, long channels, long windows, long product, long sum) {
    long at = sum;
    for (long s = 0; s < sourcePanels; s++) {
      long b = windows + s * 2 * SIDE * sourceElement;
      for (long o = 0; o < targetPanels; o++) {
        tile.multiply(tiles, channels + o * 2 * SIDE * targetElement, b, product);
        Runs.add(product, at, ROWS * COLUMNS);
        at += TILE_BYTES;
      }
    }
  }

  /** The two outer or the two inner columns of Bᵀ d B of a row of tiles. */
  private void transformSource(boolean outer, int row, long copy, long to) {
    long step = STEP * sourcePixel;
    long last = SIDE * sourceElement;
    for (long s = 0; s < 2 * sourcePanels; s++) {
      long a = copy + row * (STEP * sourceRow) + s * Lanes.BYTES;
      long b = a + sourcePixel;
      long at = to + s / 2 * (2 * last) + s % 2 * Lanes.BYTES;
      if (outer) {
        WinogradLoops.outerColumns(
            a, b, step, sourceRow, step, tileColumns, at, at + last, PANEL_STEP, sourceElement);
      } else {
        WinogradLoops.innerColumns(
            b, a + step, sourceRow, step, tileColumns, at, at + last, PANEL_STEP, sourceElement);
      }
    }
  }

  /** Two columns of A dy Aᵀ of a row of tiles. Six channels of each vector are a panel's. */
  private void transformUpstream(boolean outer, int row, long copy, long to) {
    long step = STEP * targetPixel;
    long last = SIDE * targetElement;
    for (long o = 0; o < targetPanels; o++) {
      long a = copy + row * (STEP * targetRow) + o * STEP_A;
      long b = a + targetPixel;
      long at = to + o * 2 * last;
      if (outer) {
        WinogradLoops.outerGradients(
            a, b, targetRow, step, tileColumns, at, at + last, STEP_A, targetElement);
      } else {
        WinogradLoops.innerGradients(
            a, b, targetRow, step, tileColumns, at, at + last, STEP_A, targetElement);
      }
    }
  }

  /**
   * Copies the rows of the source that a block needs into pixels with zeros around, the channels of
   * a panel together: each plane is read in one stream, and each pixel's line written at once.
   */
  private void copySource(long set, int firstRow, int rows, long to) {
    long plane = (long) c.height() * c.width() * F4;
    long from = source + set * c.channels() * plane + (long) (firstRow - c.padH()) * c.width() * F4;
    for (int s = 0; s < c.channels(); s += COLUMNS) {
      int first = Math.max(0, Math.min(s, c.channels() - COLUMNS));
      int channels = Math.min(COLUMNS, c.channels());
      for (int i = 0; i < rows; i++) {
        int row = firstRow + i - c.padH();
        long at = to + i * sourceRow;
        if (row < 0 || row >= c.height()) {
          Runs.fill(0, at, sourceRow / F4);
        } else {
          long line = from + first * plane + (long) i * c.width() * F4;
          long pixels = at + c.padW() * sourcePixel + first * F4;
          PixelRows.transpose(line, plane, channels, c.width(), pixels, sourcePixel);
        }
      }
    }
  }

  private void copyUpstream(long set, int firstRow, int rows, long to) {
    long plane = (long) c.outHeight() * c.outWidth() * F4;
    long from = upstream + set * c.outChannels() * plane + (long) firstRow * c.outWidth() * F4;
    for (int o = 0; o < c.outChannels(); o += COLUMNS) {
      int first = Math.max(0, Math.min(o, c.outChannels() - COLUMNS));
      int channels = Math.min(COLUMNS, c.outChannels());
      for (int i = 0; i < rows; i++) {
        long at = to + i * targetRow;
        if (firstRow + i >= c.outHeight()) {
          Runs.fill(0, at, targetRow / F4);
        } else {
          long line = from + first * plane + (long) i * c.outWidth() * F4;
          PixelRows.transpose(line, plane, channels, c.outWidth(), at + first * F4, targetPixel);
        }
      }
    }
  }

  /** Puts the sums into the weight's order. */
  private void unpack(long from, long to) {
    long element = sourcePanels * targetPanels * TILE_BYTES;
    long kernel = 9 * F4;
    long at = to;
    for (long o = 0; o < c.groups() * c.outChannels(); o++) {
      int channel = (int) (o % c.outChannels());
      long group = from + o / c.outChannels() * groupBytes;
      long row = group + channel / ROWS * TILE_BYTES + channel % ROWS * PANEL_STEP;
      for (int s = 0; s < c.channels(); s++) {
        long sum = row + s / COLUMNS * (targetPanels * TILE_BYTES) + s % COLUMNS * F4;
        Winograd.unpackKernel(sum, element, at);
        at += kernel;
      }
    }
  }
}
