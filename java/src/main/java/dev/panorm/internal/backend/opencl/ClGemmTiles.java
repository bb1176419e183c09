package dev.panorm.internal.backend.opencl;

import dev.panorm.kernels.LaunchShape;
import java.util.Map;

/**
 * How {@code gemm.cl} cuts products for a class of devices. Every rule looks at the shape alone.
 *
 * @param large what a work-group computes where that makes enough tiles to keep the device busy
 * @param small what it computes otherwise
 * @param groups how many tiles are enough
 * @param depth fewest products of an element that are a part of their own, where even the small
 *     tiles are too few and the sums are cut
 */
record ClGemmTiles(Tile large, Tile small, long groups, long depth) {

  /** The source takes so many products of each element at once. */
  private static final long STEP = 16;

  /**
   * What a work-group computes.
   *
   * @param side the group has side x side items: 1, 4, 8 or 16
   * @param rows rows of an item, {@code ROWS}
   * @param vectors vectors of each of its rows, {@code NV}
   */
  record Tile(int side, int rows, int vectors) {

    long down() {
      return (long) side * rows;
    }

    long across(int vectorWidth) {
      return (long) side * vectors * vectorWidth;
    }
  }

  /**
   * The cut of one batch.
   *
   * @param kernels the variant of the program
   * @param tiles tiles of one result
   * @param chunks parts of the sums
   * @param depth products of an element in a part
   */
  record Cut(ClKernels kernels, long tiles, long chunks, long depth) {}

  /** Returns how to cut a product for vectors of a width. */
  Cut cut(ClProduct p, int vectorWidth) {
    boolean enough = p.batch() * tiles(large, vectorWidth, p) >= groups;
    Tile tile = enough ? large : small;
    long tiles = tiles(tile, vectorWidth, p);
    long wanted = Math.clamp(groups / (p.batch() * tiles), 1, Math.max(1, p.k() / depth));
    long each = Math.max(1, ClNorms.ceil(ClNorms.ceil(p.k(), wanted), STEP)) * STEP;
    Map<String, Integer> options =
        Map.of(
            "DTYPE", ClCodes.of(p.dtype()),
            "TA", p.transposeA() ? 1 : 0,
            "TB", p.transposeB() ? 1 : 0,
            "ROWS", tile.rows(),
            "NV", tile.vectors());
    LaunchShape shape = new LaunchShape(tile.side() * tile.side(), vectorWidth, false, false);
    return new Cut(
        new ClKernels("gemm", options, shape), tiles, Math.max(1, ClNorms.ceil(p.k(), each)), each);
  }

  private static long tiles(Tile tile, int vectorWidth, ClProduct p) {
    return ClNorms.ceil(p.m(), tile.down()) * ClNorms.ceil(p.n(), tile.across(vectorWidth));
  }
}
