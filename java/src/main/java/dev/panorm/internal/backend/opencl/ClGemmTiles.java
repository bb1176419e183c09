package dev.panorm.internal.backend.opencl;

import dev.panorm.DType;
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

  /** Returns how to cut a batch of products of m x k by k x n. */
  Cut cut(
      DType dtype,
      int vectorWidth,
      boolean transposeA,
      boolean transposeB,
      long batch,
      long m,
      long n,
      long k) {
    boolean enough = batch * tiles(large, vectorWidth, m, n) >= groups;
    Tile tile = enough ? large : small;
    long tiles = tiles(tile, vectorWidth, m, n);
    long wanted = Math.clamp(groups / (batch * tiles), 1, Math.max(1, k / depth));
    long each = Math.max(1, ClNorms.ceil(ClNorms.ceil(k, wanted), STEP)) * STEP;
    Map<String, Integer> options =
        Map.of(
            "DTYPE", ClCodes.of(dtype),
            "TA", transposeA ? 1 : 0,
            "TB", transposeB ? 1 : 0,
            "ROWS", tile.rows(),
            "NV", tile.vectors());
    LaunchShape shape = new LaunchShape(tile.side() * tile.side(), vectorWidth, false, false);
    return new Cut(
        new ClKernels("gemm", options, shape), tiles, Math.max(1, ClNorms.ceil(k, each)), each);
  }

  private static long tiles(Tile tile, int vectorWidth, long m, long n) {
    return ClNorms.ceil(m, tile.down()) * ClNorms.ceil(n, tile.across(vectorWidth));
  }
}
