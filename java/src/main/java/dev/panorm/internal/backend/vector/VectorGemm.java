package dev.panorm.internal.backend.vector;

import dev.panorm.DType;
import dev.panorm.internal.backend.cpu.SerialGemm;
import dev.panorm.internal.memory.Block;
import dev.panorm.internal.memory.SegmentPool;

/**
 * Blocked, packed matrix product. A block of B of {@value #DEPTH} rows lies in the outer cache, a
 * block of A of {@value #HEIGHT} rows and the same depth in the middle one, one panel of B in the
 * inner one; see Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008.
 */
final class VectorGemm implements SerialGemm {

  private static final int DEPTH = 256;
  private static final int HEIGHT = 16 * GemmTile.ROWS;
  private static final int WIDTH = 2048;

  private final GemmTile floats = new FloatGemmTile();
  private final GemmTile doubles = new DoubleGemmTile();

  @Override
  public boolean rowsAreIndependent(DType dtype) {
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
    long lineA = transposeA ? bytes : lda * bytes;
    long stepA = transposeA ? lda * bytes : bytes;
    long lineB = transposeB ? ldb * bytes : bytes;
    long stepB = transposeB ? bytes : ldb * bytes;
    Block workspace = SegmentPool.shared().take(workspaceBytes(tile, m, n, depth));
    try {
      long packedA = workspace.address() + tileBytes(tile);
      long packedB = packedA + panelBytes(GemmTile.ROWS, Math.min(m, HEIGHT), depth, bytes);
      for (long j = 0; j < n; j += WIDTH) {
        int width = (int) Math.min(WIDTH, n - j);
        long p = 0;
        do {
          int part = (int) Math.min(DEPTH, depth - p);
          double keep = p == 0 ? beta : 1;
          packPanels(
              tile, tile.columns, b + j * lineB + p * stepB, lineB, stepB, width, part, packedB);
          for (long i = 0; i < m; i += HEIGHT) {
            int height = (int) Math.min(HEIGHT, m - i);
            packPanels(
                tile,
                GemmTile.ROWS,
                a + i * lineA + p * stepA,
                lineA,
                stepA,
                height,
                part,
                packedA);
            multiplyBlocks(
                tile,
                height,
                width,
                part,
                packedA,
                packedB,
                alpha,
                keep,
                c + (i * ldc + j) * bytes,
                ldc * bytes,
                workspace.address());
          }
          p += DEPTH;
        } while (p < depth);
      }
    } finally {
      SegmentPool.shared().give(workspace);
    }
  }

  private static void packPanels(
      GemmTile tile,
      int panel,
      long from,
      long lineBytes,
      long stepBytes,
      int lines,
      int depth,
      long to) {
    long panelBytes = (long) panel * depth * tile.elementBytes;
    for (int line = 0; line < lines; line += panel) {
      int real = Math.min(panel, lines - line);
      long source = from + line * lineBytes;
      long target = to + line / panel * panelBytes;
      if (stepBytes == tile.elementBytes) {
        tile.packLines(source, lineBytes, real, panel, depth, target);
      } else {
        tile.packSteps(source, stepBytes, real, panel, depth, target);
      }
    }
  }

  private static void multiplyBlocks(
      GemmTile tile,
      int height,
      int width,
      int depth,
      long packedA,
      long packedB,
      double alpha,
      double beta,
      long c,
      long rowBytes,
      long scratch) {
    int columns = tile.columns;
    int bytes = tile.elementBytes;
    long panelA = (long) GemmTile.ROWS * depth * bytes;
    long panelB = (long) columns * depth * bytes;
    for (int j = 0; j < width; j += columns) {
      long b = packedB + j / columns * panelB;
      for (int i = 0; i < height; i += GemmTile.ROWS) {
        long a = packedA + i / GemmTile.ROWS * panelA;
        long target = c + i * rowBytes + (long) j * bytes;
        tile.multiply(depth, a, b, scratch);
        tile.merge(
            scratch,
            Math.min(GemmTile.ROWS, height - i),
            Math.min(columns, width - j),
            alpha,
            beta,
            target,
            rowBytes);
      }
    }
  }

  private static long workspaceBytes(GemmTile tile, long m, long n, long depth) {
    return tileBytes(tile)
        + panelBytes(GemmTile.ROWS, Math.min(m, HEIGHT), depth, tile.elementBytes)
        + panelBytes(tile.columns, Math.min(n, WIDTH), depth, tile.elementBytes);
  }

  private static long tileBytes(GemmTile tile) {
    return (long) GemmTile.ROWS * tile.columns * tile.elementBytes;
  }

  /** Size of packed panels: whole panels, rounded up so that the next region starts aligned. */
  private static long panelBytes(long panel, long lines, long depth, long elementBytes) {
    long elements = (lines + panel - 1) / panel * panel * Math.min(depth, DEPTH);
    return (elements * elementBytes + 127) / 128 * 128;
  }
}
