package dev.panorm.internal.backend.vector;

import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.Conv2dPlan;

/**
 * NCHW: the matrix of windows has one row for each channel and element of the kernel, and one
 * column for each position, so that rows of it are rows of x, shifted.
 */
final class PlanarConvolution extends ConvolutionLayout {

  private final long outPositions;

  /** Whether a row of the matrix is x's plane, moved, but for the windows at the edges. */
  private final boolean moved;

  PlanarConvolution(Conv2dPlan plan) {
    super(plan);
    outPositions = plan.outPositions();
    moved = window.strideH() == 1 && window.strideW() == 1 && outWidth == width;
  }

  @Override
  Tensor packed(Tensor weight, Scope scope) {
    return weight;
  }

  @Override
  void unpack(Tensor packed, Tensor weight) {
    weight.copyFrom(packed);
  }

  @Override
  void fill(Tensor bias, Tensor y, Block block) {
    long from = bias.readAddress();
    long to = y.updateAddress() + output(block, 0) * F4;
    for (long o = 0; o < plan.outChannels(); o++) {
      Runs.fill(Lanes.get(from + o * F4), to + o * outPositions * F4, positions(block));
    }
  }

  @Override
  void forward(Tensor x, Tensor packed, double beta, Tensor y, Block block) {
    int n = positions(block);
    for (long g = 0; g < groups; g++) {
      if (!direct) {
        gather(x.readAddress(), block, g);
      }
      gemm.gemm(
          false,
          false,
          groupOutChannels,
          n,
          depth,
          1,
          packed,
          g * groupOutChannels * depth,
          depth,
          direct ? x : block.columns(),
          direct ? input(block, g) : block.at(),
          direct ? outPositions : n,
          beta,
          y,
          output(block, g),
          outPositions);
    }
  }

  @Override
  void inputGradient(Tensor packed, Tensor dy, Tensor dx, Block block) {
    int n = positions(block);
    for (long g = 0; g < groups; g++) {
      gemm.gemm(
          true,
          false,
          depth,
          n,
          groupOutChannels,
          1,
          packed,
          g * groupOutChannels * depth,
          depth,
          dy,
          output(block, g),
          outPositions,
          direct ? 1 : 0,
          direct ? dx : block.columns(),
          direct ? input(block, g) : block.at(),
          direct ? outPositions : n);
      if (!direct) {
        scatter(dx.updateAddress(), block, g);
      }
    }
  }

  @Override
  void weightGradient(Tensor x, Tensor dy, double beta, Tensor packed, long offset, Block block) {
    int n = positions(block);
    for (long g = 0; g < groups; g++) {
      if (!direct) {
        gather(x.readAddress(), block, g);
      }
      gemm.gemm(
          false,
          true,
          groupOutChannels,
          depth,
          n,
          1,
          dy,
          output(block, g),
          outPositions,
          direct ? x : block.columns(),
          direct ? input(block, g) : block.at(),
          direct ? outPositions : n,
          beta,
          packed,
          offset + g * groupOutChannels * depth,
          depth);
    }
  }

  private int positions(Block block) {
    return Math.toIntExact(block.rows() * outWidth);
  }

  private long input(Block block, long group) {
    return plan.input(block.sample(), group * groupChannels, block.row(), 0);
  }

  private long output(Block block, long group) {
    return plan.output(block.sample(), group * groupOutChannels, block.row(), 0);
  }

  /** Copies the windows of x into the block's matrix. */
  private void gather(long x, Block block, long group) {
    long to = block.columns().updateAddress() + block.at() * F4;
    for (long c = 0; c < groupChannels; c++) {
      long plane = x + plan.input(block.sample(), group * groupChannels + c, 0, 0) * F4;
      for (long i = 0; i < window.kernelH(); i++) {
        for (long j = 0; j < window.kernelW(); j++) {
          to = gatherRows(plane, block, i, j, to);
        }
      }
    }
  }

  /** One row of the matrix; returns where the next begins. */
  private long gatherRows(long plane, Block block, long i, long j, long to) {
    int first = firstInside(j);
    int after = afterInside(j);
    long next = to + block.rows() * outWidth * F4;
    long begin = firstRow(block, i);
    long end = afterRow(block, i);
    if (begin == end || first == after) {
      Runs.fill(0, to, positions(block));
      return next;
    }
    Runs.fill(0, to, (begin - block.row()) * outWidth);
    long at = to + (begin - block.row()) * outWidth * F4;
    long from = plane + (window.row(begin, i) * width + window.column(first, j)) * F4;
    if (moved) {
      Runs.copy(from, at + first * F4, (int) ((end - begin - 1) * width) + after - first);
    } else {
      for (long p = 0; p < end - begin; p++) {
        gatherRow(
            from + p * window.strideH() * width * F4,
            at + (p * outWidth + first) * F4,
            after - first);
      }
    }
    clearEdges(at, end - begin, first, after);
    long behind = at + (end - begin) * outWidth * F4;
    Runs.fill(0, behind, (next - behind) / F4);
    return next;
  }

  private void gatherRow(long from, long to, int length) {
    if (window.strideW() == 1) {
      Runs.copy(from, to, length);
    } else {
      Runs.gather(from, window.strideW() * F4, to, length);
    }
  }

  /** Sets to 0 what stands outside the plane, left and right. */
  private void clearEdges(long at, long rows, int first, int after) {
    for (long p = 0; p < rows; p++) {
      long row = at + p * outWidth * F4;
      for (int q = 0; q < first; q++) {
        Lanes.set(row + q * F4, 0);
      }
      for (int q = after; q < outWidth; q++) {
        Lanes.set(row + q * F4, 0);
      }
    }
  }

  /** First output row of the block whose element i is inside the plane. */
  private long firstRow(Block block, long i) {
    long above = window.padH() - i * window.dilationH();
    return Math.clamp(ceil(above, window.strideH()), block.row(), block.row() + block.rows());
  }

  /** Output row after the last of the block whose element i is inside the plane. */
  private long afterRow(Block block, long i) {
    long room = height + window.padH() - i * window.dilationH();
    return Math.clamp(ceil(room, window.strideH()), firstRow(block, i), block.row() + block.rows());
  }

  /** Adds the block's matrix to dx, window by window. */
  private void scatter(long dx, Block block, long group) {
    long from = block.columns().updateAddress() + block.at() * F4;
    for (long c = 0; c < groupChannels; c++) {
      long plane = dx + plan.input(block.sample(), group * groupChannels + c, 0, 0) * F4;
      for (long i = 0; i < window.kernelH(); i++) {
        for (long j = 0; j < window.kernelW(); j++) {
          scatterRows(plane, block, i, j, from);
          from += block.rows() * outWidth * F4;
        }
      }
    }
  }

  private void scatterRows(long plane, Block block, long i, long j, long from) {
    int first = firstInside(j);
    int after = afterInside(j);
    long begin = firstRow(block, i);
    long end = afterRow(block, i);
    if (begin == end || first == after) {
      return;
    }
    long at = from + (begin - block.row()) * outWidth * F4;
    long to = plane + (window.row(begin, i) * width + window.column(first, j)) * F4;
    if (moved) {
      clearEdges(at, end - begin, first, after);
      Runs.add(at + first * F4, to, (int) ((end - begin - 1) * width) + after - first);
      return;
    }
    for (long p = 0; p < end - begin; p++) {
      long row = at + (p * outWidth + first) * F4;
      scatterRow(row, to + p * window.strideH() * width * F4, after - first);
    }
  }

  private void scatterRow(long from, long to, int length) {
    if (window.strideW() == 1) {
      Runs.add(from, to, length);
    } else {
      Runs.scatterAdd(from, to, window.strideW() * F4, length);
    }
  }
}
