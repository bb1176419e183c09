package dev.panorm.internal.backend.vector;

import dev.panorm.internal.parallel.WorkerPool;

/**
 * A {@link Correlation} by {@link Winograd}'s products. A vector is tiles side by side; two of them
 * make a panel. The source is copied with its zeros first, even columns and odd ones apart, so that
 * its transform is loads and additions alone, and what the product of a transformed panel and a
 * panel of the weight's writes is read back by the results' transform as it lies.
 *
 * <p>Each element of a tile is one chain of fused multiplications and additions over the source's
 * channels, whatever the parts.
 */
final class WinogradTask implements WorkerPool.PartTask {

  private static final long F4 = Float.BYTES;
  private static final int LANES = Lanes.FLOATS;
  private static final int ROWS = GemmTile.ROWS;
  private static final long PANEL_STEP = 2 * Lanes.BYTES;
  private static final long MOST_PARTS = 16;

  /** Bytes of the source's copy, and of what the products read and write beside the weight. */
  private static final long SOURCE_BYTES = 1 << 18;

  private static final long PANELS_BYTES = 1 << 18;

  private final Loan loan = new Loan();
  private final FloatGemmTile tile = new FloatGemmTile();
  private final Correlation c;
  private final int weightPanels;

  /** Vectors of a row of tiles; the last may go beyond the target's columns. */
  private final int vectors;

  /** Elements of a row of the copy's even columns. */
  private final int half;

  private final int blockRows;
  private final long blocks;
  private final long units;
  private final int parts;

  /** Panels that are multiplied by the weight together. */
  private final int group;

  private final long rowBytes;
  private final long sourceStep;

  /** Bytes from element to element of a transformed panel, and of its products. */
  private final long elementStep;

  private final long productStep;
  private final long roomBytes;
  private long source;
  private long target;
  private long biases;
  private long weights;
  private long rooms;

  WinogradTask(Correlation correlation) {
    c = correlation;
    weightPanels = Math.ceilDiv(c.outChannels(), ROWS);
    vectors = Math.ceilDiv(c.outWidth(), Winograd.STEP * LANES);
    half = (vectors + 1) * LANES;
    rowBytes = 2L * half * F4;
    int tileRows = Math.ceilDiv(c.outHeight(), Winograd.STEP);
    long fitting = (SOURCE_BYTES / (c.channels() * rowBytes) - Winograd.STEP) / Winograd.STEP;
    long sharing = Math.ceilDiv(c.batch() * tileRows, MOST_PARTS);
    blockRows = Math.clamp(Math.min(fitting, sharing), 1, tileRows);
    blocks = Math.ceilDiv((long) tileRows, blockRows);
    units = c.batch() * blocks;
    parts = (int) Math.min(units, MOST_PARTS);
    sourceStep = sourceRows(blockRows) * rowBytes;
    // One step more than needed: no power of two, so that all elements fit a first-level cache.
    elementStep = (c.channels() + 1) * PANEL_STEP;
    productStep = ((long) weightPanels * ROWS + 1) * PANEL_STEP;
    long panel = Winograd.ELEMENTS * (elementStep + productStep);
    int panels = Math.ceilDiv(blockRows * vectors, 2);
    group = Math.clamp(PANELS_BYTES / panel, 1, panels);
    roomBytes =
        aligned(sourceStep)
            + aligned(c.channels() * sourceStep)
            + group * panel
            + aligned(c.outChannels() * PANEL_STEP);
  }

  private static long aligned(long bytes) {
    return (bytes + 127) / 128 * 128;
  }

  /** Rows of the source that some rows of tiles are made of. */
  private static int sourceRows(int tileRows) {
    return Winograd.STEP * tileRows + Winograd.STEP;
  }

  private long weightBytes() {
    return (long) Winograd.ELEMENTS * weightPanels * ROWS * c.channels() * F4;
  }

  /**
   * Computes the target.
   *
   * @param bias one per channel of the target, 0 for none
   */
  void run(long from, long weight, long bias, long to) {
    source = from;
    target = to;
    long allWeights = aligned(c.groups() * weightBytes());
    long allBiases = aligned(c.groups() * c.outChannels() * F4);
    weights = loan.take(allWeights + allBiases + parts * roomBytes);
    biases = weights + allWeights;
    rooms = biases + allBiases;
    try {
      Winograd.packWeight(c, weight, weights);
      if (bias == 0) {
        Runs.fill(0, biases, c.groups() * c.outChannels());
      } else {
        Runs.copy(bias, biases, Math.toIntExact(c.groups() * c.outChannels()));
      }
      WorkerPool.shared().run(parts, this);
    } finally {
      loan.end();
    }
  }

  @Override
  public void run(int part) {
    long room = rooms + part * roomBytes;
    Runs.fill(0, room, sourceStep / F4);
    long to = (part + 1) * units / parts;
    for (long unit = part * units / parts; unit < to; unit++) {
      int row = (int) (unit % blocks) * blockRows;
      int rows = Math.min(blockRows, Math.ceilDiv(c.outHeight(), Winograd.STEP) - row);
      for (long g = 0; g < c.groups(); g++) {
        block(unit / blocks * c.groups() + g, g, row, rows, room);
      }
    }
  }

  /** Some rows of tiles of all channels of a group. */
  private void block(long set, long g, int row, int rows, long room) {
    long copy = room + aligned(sourceStep);
    long panels = copy + aligned(c.channels() * sourceStep);
    copySource(set, row * Winograd.STEP, sourceRows(rows), room, copy);
    int all = rows * vectors;
    for (int v = 0; v < all; v += 2 * group) {
      int some = Math.min(2 * group, all - v);
      for (int k = 0; k < some; k++) {
        transform(copy, v + k, panels + k / 2 * panelBytes() + k % 2 * Lanes.BYTES);
      }
      long products = panels + group * panelBytes();
      multiply(weights + g * weightBytes(), panels, Math.ceilDiv(some, 2), products);
      for (int k = 0; k < some; k++) {
        long from = products + k / 2 * productBytes() + k % 2 * Lanes.BYTES;
        results(set, g, row, v + k, from, products + group * productBytes());
      }
    }
  }

  private long panelBytes() {
    return Winograd.ELEMENTS * elementStep;
  }

  private long productBytes() {
    return Winograd.ELEMENTS * productStep;
  }

  private void multiply(long weight, long panels, int count, long products) {
    long weightPanel = (long) c.channels() * ROWS * F4;
    long at = weight;
    for (int element = 0; element < Winograd.ELEMENTS; element++) {
      for (int o = 0; o < weightPanels; o++) {
        long to = products + element * productStep + o * (ROWS * PANEL_STEP);
        for (int p = 0; p < count; p++) {
          long panel = panels + p * panelBytes() + element * elementStep;
          tile.multiply(c.channels(), at, panel, to + p * productBytes());
        }
        at += weightPanel;
      }
    }
  }

  /** Bᵀ d B of vector v of a block, for all channels. */
  private void transform(long copy, int v, long to) {
    long even = copy + v / vectors * (Winograd.STEP * rowBytes) + v % vectors * Lanes.BYTES;
    long odd = even + half * F4;
    long first = to;
    long second = to + elementStep;
    long third = to + 2 * elementStep;
    long last = to + 3 * elementStep;
    long element = Winograd.SIDE * elementStep;
    int channels = c.channels();
    WinogradLoops.outerColumns(
        even, odd, F4, rowBytes, sourceStep, channels, first, last, PANEL_STEP, element);
    WinogradLoops.innerColumns(
        odd, even + F4, rowBytes, sourceStep, channels, second, third, PANEL_STEP, element);
  }

  /** Writes the results of vector v of a block; those that are no whole vectors by way of spare. */
  private void results(long set, long g, int firstRow, int v, long from, long spare) {
    int row = (firstRow + v / vectors) * Winograd.STEP;
    int column = v % vectors * Winograd.STEP * LANES;
    int columns = Math.min(c.outWidth() - column, Winograd.STEP * LANES);
    int channels = c.outChannels();
    long plane = (long) c.outHeight() * c.outWidth() * F4;
    long bias = biases + g * channels * F4;
    long to = target + set * channels * plane + ((long) row * c.outWidth() + column) * F4;
    boolean whole = columns == Winograd.STEP * LANES;
    long at = whole ? to : spare;
    long step = whole ? plane : PANEL_STEP;
    WinogradLoops.results(from, 1, productStep, channels, bias, at, step);
    moveSpare(whole, spare, to, plane, columns);
    if (row + 1 < c.outHeight()) {
      long next = to + c.outWidth() * F4;
      long below = whole ? next : spare;
      WinogradLoops.results(from, -1, productStep, channels, bias, below, step);
      moveSpare(whole, spare, next, plane, columns);
    }
  }

  private void moveSpare(boolean none, long spare, long to, long plane, int columns) {
    for (int o = 0; !none && o < c.outChannels(); o++) {
      Runs.copy(spare + o * PANEL_STEP, to + o * plane, columns);
    }
  }

  /** Copies the rows of the source that a block needs; stage has zeros beside its rows. */
  private void copySource(long set, int firstRow, int rows, long stage, long to) {
    for (int s = 0; s < c.channels(); s++) {
      long plane = source + (set * c.channels() + s) * c.height() * c.width() * F4;
      for (int i = 0; i < rows; i++) {
        int row = firstRow + i - c.padH();
        long at = stage + i * rowBytes;
        if (row < 0 || row >= c.height()) {
          Runs.fill(0, at, 2L * half);
        } else {
          Runs.copy(plane + (long) row * c.width() * F4, at + c.padW() * F4, c.width());
        }
      }
      WinogradLoops.split(stage, rows, half, to + s * sourceStep);
    }
  }
}
