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

  PlanarConvolution(Conv2dPlan plan) {
    super(plan);
    outPositions = plan.outPositions();
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
    int all = (int) outWidth;
    long next = to;
    for (long p = block.row(); p < block.row() + block.rows(); p++, next += outWidth * F4) {
      long h = window.row(p, i);
      if (h < 0 || h >= height || first == after) {
        Runs.fill(0, next, all);
        continue;
      }
      long from = plane + (h * width + window.column(first, j)) * F4;
      if (window.strideW() == 1) {
        Runs.copy(from, next + first * F4, after - first);
      } else {
        Runs.gather(from, window.strideW() * F4, next + first * F4, after - first);
      }
      if (first > 0) {
        Runs.fill(0, next, first);
      }
      if (after < all) {
        Runs.fill(0, next + after * F4, all - after);
      }
    }
    return next;
  }

  /** Adds the block's matrix to dx, window by window. */
  private void scatter(long dx, Block block, long group) {
    long from = block.columns().readAddress() + block.at() * F4;
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
    for (long p = 0; p < block.rows(); p++) {
      long h = window.row(block.row() + p, i);
      if (h < 0 || h >= height || first == after) {
        continue;
      }
      long at = from + (p * outWidth + first) * F4;
      long to = plane + (h * width + window.column(first, j)) * F4;
      if (window.strideW() == 1) {
        Runs.add(at, to, after - first);
      } else {
        Runs.scatterAdd(at, to, window.strideW() * F4, after - first);
      }
    }
  }
}
