package dev.panorm.internal.backend.vector;

import dev.panorm.DType;
import dev.panorm.internal.backend.cpu.SerialGemm;
import dev.panorm.internal.memory.Block;
import dev.panorm.internal.memory.SegmentPool;

/**
 * Blocked, packed matrix product. A block of A of {@value #HEIGHT} rows and {@value #DEPTH} columns
 * lies in the second-level cache while the panels of B, one after the other in the first-level
 * cache, meet all of it; see Goto and van de Geijn, "Anatomy of High-Performance Matrix
 * Multiplication", 2008.
 *
 * <p>An element of C is the sum of chains over blocks of the depth, which follow from k alone: the
 * same bits wherever C is cut.
 */
final class VectorGemm implements SerialGemm {

  /** Products of a chain at most: short enough for float32 and for a panel of B. */
  private static final long DEPTH = 272;

  private static final int HEIGHT = 96 * GemmTile.ROWS;

  /**
   * Panels of B that are packed together: pieces of a few cache lines of each row, not of one,
   * which stay in the second-level cache beside the block of A.
   */
  private static final int PANELS = 8;

  private final GemmTile floats = new FloatGemmTile();
  private final GemmTile doubles = new DoubleGemmTile();

  @Override
  public boolean rowsAreIndependent(DType dtype) {
    return true;
  }

  @Override
  public boolean columnsAreIndependent(DType dtype) {
    return true;
  }

  @Override
  public void multiply(
      DType dtype,
      boolean transposeA,
      boolean transposeB,
      long m,
      long n,
      long k,
      double alpha,
      long a,
      long lda,
      long b,
      long ldb,
      double beta,
      long c,
      long ldc) {
    if (m == 0 || n == 0) {
      return;
    }
    GemmTile tile = dtype == DType.FLOAT64 ? doubles : floats;
    long bytes = tile.elementBytes;
    // With alpha 0 neither factor is read, as in BLAS.
    long depth = alpha == 0 ? 0 : k;
    long part = Math.ceilDiv(depth, Math.max(1, Math.ceilDiv(depth, DEPTH)));
    long lineA = transposeA ? bytes : lda * bytes;
    long stepA = transposeA ? lda * bytes : bytes;
    long lineB = transposeB ? ldb * bytes : bytes;
    long stepB = transposeB ? bytes : ldb * bytes;
    long needed = workspaceBytes(tile, m, n, part);
    Block block = needed > Scratch.ROOM_BYTES ? SegmentPool.shared().take(needed) : null;
    long workspace = block == null ? Scratch.get().first() : block.address();
    try {
      for (long i = 0; i < m; i += HEIGHT) {
        int height = (int) Math.min(HEIGHT, m - i);
        long p = 0;
        do {
          multiplyBlock(
              tile,
              height,
              n,
              (int) Math.min(part, depth - p),
              alpha,
              a + i * lineA + p * stepA,
              lineA,
              stepA,
              b + p * stepB,
              lineB,
              stepB,
              p == 0 ? beta : 1,
              c + i * ldc * bytes,
              ldc * bytes,
              workspace);
          p += part;
        } while (p < depth);
      }
    } finally {
      if (block != null) {
        SegmentPool.shared().give(block);
      }
    }
  }

  /** Some rows of C, and a part of the depth. */
  private static void multiplyBlock(
      GemmTile tile,
      int height,
      long n,
      int depth,
      double alpha,
      long a,
      long lineA,
      long stepA,
      long b,
      long lineB,
      long stepB,
      double beta,
      long c,
      long rowBytes,
      long workspace) {
    long packedB = workspace + tileBytes(tile);
    long packedA = packedB + panelBytes(columns(tile, n), depth, tile);
    tile.packPanels(a, lineA, stepA, height, GemmTile.ROWS, depth, packedA);
    long panelB = (long) tile.columns * depth * tile.elementBytes;
    int wide = PANELS * tile.columns;
    for (long first = 0; first < n; first += wide) {
      int lines = (int) Math.min(wide, n - first);
      tile.packPanels(b + first * lineB, lineB, stepB, lines, tile.columns, depth, packedB);
      for (int j = 0; j < lines; j += tile.columns) {
        multiplyPanel(
            tile,
            height,
            Math.min(tile.columns, lines - j),
            depth,
            alpha,
            packedA,
            packedB + j / tile.columns * panelB,
            beta,
            c + (first + j) * tile.elementBytes,
            rowBytes,
            workspace);
      }
    }
  }

  /** A panel of B with all of A's: the first product of an element goes to C at once. */
  private static void multiplyPanel(
      GemmTile tile,
      int height,
      int width,
      int depth,
      double alpha,
      long packedA,
      long packedB,
      double beta,
      long c,
      long rowBytes,
      long scratch) {
    boolean whole = alpha == 1 && width == tile.columns;
    long panelA = (long) GemmTile.ROWS * depth * tile.elementBytes;
    long a = packedA;
    for (int i = 0; i < height; i += GemmTile.ROWS) {
      int rows = Math.min(GemmTile.ROWS, height - i);
      long to = c + i * rowBytes;
      if (whole && rows == GemmTile.ROWS && beta == 0) {
        tile.multiply(depth, a, packedB, to, rowBytes);
      } else if (whole && rows == GemmTile.ROWS && beta == 1) {
        tile.multiply(depth, a, packedB, to, rowBytes, to, rowBytes);
      } else {
        tile.multiply(depth, a, packedB, scratch);
        tile.merge(scratch, rows, width, alpha, beta, to, rowBytes);
      }
      a += panelA;
    }
  }

  private static long workspaceBytes(GemmTile tile, long m, long n, long depth) {
    long rows = Math.ceilDiv(Math.min(m, HEIGHT), GemmTile.ROWS) * GemmTile.ROWS;
    return tileBytes(tile)
        + panelBytes(columns(tile, n), depth, tile)
        + panelBytes(rows, depth, tile);
  }

  /** Columns of B that are packed at once. */
  private static long columns(GemmTile tile, long n) {
    return Math.min(PANELS, Math.ceilDiv(n, tile.columns)) * tile.columns;
  }

  private static long tileBytes(GemmTile tile) {
    return (long) GemmTile.ROWS * tile.columns * tile.elementBytes;
  }

  /** Size of packed lines, rounded up so that the next region starts aligned. */
  private static long panelBytes(long lines, long depth, GemmTile tile) {
    return (lines * depth * tile.elementBytes + 127) / 128 * 128;
  }
}
