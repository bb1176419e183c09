package dev.panorm.internal.backend.vector;

import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.backend.Conv2dPlan;

/**
 * NHWC: the matrix of windows has one row for each position, and one column for each element of the
 * kernel and channel, so that rows of it are made of pixels of x. The weight's channels go last
 * too.
 */
final class PixelConvolution extends ConvolutionLayout {

  private final long channels;
  private final long outChannels;
  private final long taps;

  /** Whether the pixels of a row of a window are one run of x. */
  private final boolean wholeRows;

  PixelConvolution(Conv2dPlan plan) {
    super(plan);
    channels = plan.channels();
    outChannels = plan.outChannels();
    taps = window.kernelH() * window.kernelW();
    wholeRows = groups == 1 && window.dilationW() == 1;
  }

  @Override
  Tensor packed(Tensor weight, Scope scope) {
    Tensor packed = scope.empty(weight.dtype(), Shape.of(outChannels, taps, groupChannels));
    swap(weight.readAddress(), groupChannels, taps, packed.writeAddress());
    return packed;
  }

  @Override
  void unpack(Tensor packed, Tensor weight) {
    swap(packed.readAddress(), taps, groupChannels, weight.writeAddress());
  }

  /** Transposes the matrix of each output channel. */
  private void swap(long from, long rows, long columns, long to) {
    long size = rows * columns * F4;
    for (long o = 0; o < outChannels; o++) {
      for (long column = 0; column < columns; column++) {
        Runs.gather(
            from + o * size + column * F4,
            columns * F4,
            to + o * size + column * rows * F4,
            Math.toIntExact(rows));
      }
    }
  }

  @Override
  void fill(Tensor bias, Tensor y, Block block) {
    long from = bias.readAddress();
    long to = y.updateAddress() + output(block, 0) * F4;
    for (long position = 0; position < positions(block); position++) {
      Runs.copy(from, to + position * outChannels * F4, (int) outChannels);
    }
  }

  @Override
  void forward(Tensor x, Tensor packed, double beta, Tensor y, Block block) {
    for (long g = 0; g < groups; g++) {
      if (!direct) {
        gather(x.readAddress(), block, g);
      }
      gemm.gemm(
          false,
          true,
          positions(block),
          groupOutChannels,
          depth,
          1,
          direct ? x : block.columns(),
          direct ? input(block, g) : block.at(),
          direct ? channels : depth,
          packed,
          g * groupOutChannels * depth,
          depth,
          beta,
          y,
          output(block, g),
          outChannels);
    }
  }

  @Override
  void inputGradient(Tensor packed, Tensor dy, Tensor dx, Block block) {
    for (long g = 0; g < groups; g++) {
      gemm.gemm(
          false,
          false,
          positions(block),
          depth,
          groupOutChannels,
          1,
          dy,
          output(block, g),
          outChannels,
          packed,
          g * groupOutChannels * depth,
          depth,
          direct ? 1 : 0,
          direct ? dx : block.columns(),
          direct ? input(block, g) : block.at(),
          direct ? channels : depth);
      if (!direct) {
        scatter(dx.updateAddress(), block, g);
      }
    }
  }

  @Override
  void weightGradient(Tensor x, Tensor dy, double beta, Tensor packed, long offset, Block block) {
    for (long g = 0; g < groups; g++) {
      if (!direct) {
        gather(x.readAddress(), block, g);
      }
      gemm.gemm(
          true,
          false,
          groupOutChannels,
          depth,
          positions(block),
          1,
          dy,
          output(block, g),
          outChannels,
          direct ? x : block.columns(),
          direct ? input(block, g) : block.at(),
          direct ? channels : depth,
          beta,
          packed,
          offset + g * groupOutChannels * depth,
          depth);
    }
  }

  private long positions(Block block) {
    return block.rows() * outWidth;
  }

  private long input(Block block, long group) {
    return plan.input(block.sample(), group * groupChannels, block.row(), 0);
  }

  private long output(Block block, long group) {
    return plan.output(block.sample(), group * groupOutChannels, block.row(), 0);
  }

  /** Something done with a run of pixels of x and its place in the matrix. */
  private interface Mover {
    void move(long pixels, long place, int length);
  }

  /** Copies the windows of x into the block's matrix. */
  private void gather(long x, Block block, long group) {
    long to = block.columns().updateAddress() + block.at() * F4;
    Runs.fill(0, to, positions(block) * depth);
    visit(x, block, group, to, Runs::copy);
  }

  /** Adds the block's matrix to dx, window by window. */
  private void scatter(long dx, Block block, long group) {
    long from = block.columns().readAddress() + block.at() * F4;
    visit(dx, block, group, from, (pixels, place, length) -> Runs.add(place, pixels, length));
  }

  private void visit(long x, Block block, long group, long matrix, Mover mover) {
    long sample = x + plan.input(block.sample(), group * groupChannels, 0, 0) * F4;
    long place = matrix;
    for (long p = block.row(); p < block.row() + block.rows(); p++) {
      for (long q = 0; q < outWidth; q++) {
        for (long i = 0; i < window.kernelH(); i++) {
          long h = window.row(p, i);
          if (h >= 0 && h < height) {
            row(sample + h * width * channels * F4, q, place, mover);
          }
          place += window.kernelW() * groupChannels * F4;
        }
      }
    }
  }

  /** One row of a window. */
  private void row(long pixels, long q, long place, Mover mover) {
    long left = window.column(q, 0);
    if (wholeRows) {
      long from = Math.max(0, -left);
      long to = Math.min(window.kernelW(), width - left);
      if (from < to) {
        mover.move(
            pixels + (left + from) * channels * F4,
            place + from * channels * F4,
            Math.toIntExact((to - from) * channels));
      }
      return;
    }
    for (long j = 0; j < window.kernelW(); j++) {
      long w = window.column(q, j);
      if (w >= 0 && w < width) {
        mover.move(pixels + w * channels * F4, place + j * groupChannels * F4, (int) groupChannels);
      }
    }
  }
}
