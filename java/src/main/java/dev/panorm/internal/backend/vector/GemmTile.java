package dev.panorm.internal.backend.vector;

import java.lang.foreign.Arena;

/**
 * The innermost block of a matrix product in one precision: a tile of C that stays in registers
 * while a panel of A (rows side by side) and a panel of B (columns side by side) stream past it.
 *
 * <p>Every element of the tile is one chain of fused multiplications and additions over the depth
 * of the panels, and the same for every place in C, so results do not depend on how C is cut.
 */
abstract class GemmTile {

  /** Rows of a tile: with two vectors a row, 12 accumulators, which hide the latency of the FMA. */
  static final int ROWS = 6;

  /** Address of two vectors of zeros. */
  private static final long ZEROS = Arena.global().allocate(2 * Lanes.BYTES, 64).address();

  final int columns;
  final int elementBytes;

  GemmTile(int columns, int elementBytes) {
    this.columns = columns;
    this.elementBytes = elementBytes;
  }

  /**
   * T := S + A · B for a whole tile. Nothing else: the accumulators stay in registers only as long
   * as the compiler can inline all that is done with them.
   *
   * @param depth columns of A and rows of B
   * @param a address of the panel of A: {@link #ROWS} elements for each step of the depth
   * @param b address of the panel of B: {@link #columns} elements for each step of the depth
   * @param from address of S, which may be T
   * @param fromRow bytes from row to row of S
   * @param to address of T
   * @param toRow bytes from row to row of T
   */
  abstract void multiply(int depth, long a, long b, long from, long fromRow, long to, long toRow);

  /** T := A · B for a tile whose rows follow each other. */
  final void multiply(int depth, long a, long b, long tile) {
    multiply(depth, a, b, tile, (long) columns * elementBytes);
  }

  /** T := A · B. */
  final void multiply(int depth, long a, long b, long tile, long rowBytes) {
    multiply(depth, a, b, ZEROS, 0, tile, rowBytes);
  }

  /**
   * C := alpha · T + beta · C for a tile or a part of one; with beta 0, C is not read.
   *
   * @param tile address of T
   * @param c address of the first element of C
   * @param rowBytes bytes from row to row of C
   */
  abstract void merge(
      long tile, int rows, int width, double alpha, double beta, long c, long rowBytes);

  /**
   * Packs panels from lines of any order, one panel behind the other: element p of a panel's line
   * goes to position p · width + line. Lines that the last panel lacks become zero.
   *
   * @param lineBytes bytes from line to line
   * @param stepBytes bytes from one element of a line to the next; they or the lines are dense
   */
  void packPanels(
      long from, long lineBytes, long stepBytes, int lines, int width, int depth, long to) {
    long panelBytes = (long) width * depth * elementBytes;
    for (int line = 0; line < lines; line += width) {
      long source = from + line * lineBytes;
      long target = to + line / width * panelBytes;
      int real = Math.min(width, lines - line);
      if (stepBytes == elementBytes) {
        packLines(source, lineBytes, real, width, depth, target);
      } else {
        packSteps(source, stepBytes, real, width, depth, target);
      }
    }
  }

  /**
   * Packs a panel from lines of contiguous elements: element p of a line goes to position p · width
   * + line. Lines from {@code lines} to {@code width} become zero.
   *
   * @param from address of the first line
   * @param lineBytes bytes from line to line
   */
  abstract void packLines(long from, long lineBytes, int lines, int width, int depth, long to);

  /**
   * As {@link #packLines}, for lines that lie side by side.
   *
   * @param stepBytes bytes from one element of a line to the next
   */
  abstract void packSteps(long from, long stepBytes, int lines, int width, int depth, long to);
}
