package dev.panorm.internal.backend.vector;

import dev.panorm.DType;
import dev.panorm.Layout;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.Backends;
import dev.panorm.backend.Conv2dPlan;
import dev.panorm.backend.GemmKernels;
import dev.panorm.backend.Operation;
import dev.panorm.backend.Window;

/**
 * What a convolution does with a {@link Block}, some output rows of one sample, in one layout: the
 * windows of the block are laid out as a matrix, and the rest is matrix products, one group of
 * channels after the other. A convolution of 1 x 1 needs no such matrix, x is one.
 */
abstract class ConvolutionLayout {

  static final long F4 = Float.BYTES;

  /** Elements of a matrix of windows: it stays in the second-level cache. */
  private static final long BLOCK = 1 << 16;

  final Conv2dPlan plan;
  final Window window;
  final long groups;
  final long depth;
  final long groupChannels;
  final long groupOutChannels;
  final long height;
  final long width;
  final long outWidth;

  /** Whether x, as it stands, is the matrix of windows. */
  final boolean direct;

  final GemmKernels gemm;

  ConvolutionLayout(Conv2dPlan plan) {
    this.plan = plan;
    window = plan.window();
    groups = plan.groups();
    depth = plan.depth();
    groupChannels = plan.groupChannels();
    groupOutChannels = plan.groupOutChannels();
    height = plan.height();
    width = plan.width();
    outWidth = window.outWidth();
    direct =
        depth == groupChannels
            && window.strideH() == 1
            && window.strideW() == 1
            && window.padH() == 0
            && window.padW() == 0;
    gemm = Backends.selectOnHost(Operation.GEMM, DType.FLOAT32, blockElements()).gemm();
  }

  static ConvolutionLayout of(Conv2dPlan plan) {
    return plan.layout() == Layout.NCHW ? new PlanarConvolution(plan) : new PixelConvolution(plan);
  }

  /**
   * Some output rows of one sample.
   *
   * @param sample which sample
   * @param row first output row
   * @param rows number of them
   * @param columns room for matrices of windows
   * @param at where in {@code columns} this block's begins, in elements
   */
  record Block(long sample, long row, long rows, Tensor columns, long at) {}

  /** Returns the most output rows that a block has. */
  final long blockRows() {
    return Math.clamp(BLOCK / (depth * outWidth), 1, window.outHeight());
  }

  /** Returns the room that a block's matrix of windows needs. */
  final long blockElements() {
    return direct ? 1 : depth * outWidth * blockRows();
  }

  /** First window of a row whose element j is inside the plane. */
  final int firstInside(long j) {
    long left = window.column(0, j);
    return (int) Math.min(outWidth, left >= 0 ? 0 : ceil(-left, window.strideW()));
  }

  /** Window after the last of a row whose element j is inside the plane. */
  final int afterInside(long j) {
    long room = width - window.column(0, j);
    return (int) Math.clamp(ceil(room, window.strideW()), firstInside(j), outWidth);
  }

  /** a / b, rounded up. */
  static long ceil(long a, long b) {
    return -Math.floorDiv(-a, b);
  }

  /** Returns the weight in the order in which the products want it. */
  abstract Tensor packed(Tensor weight, Scope scope);

  /** Puts a gradient of the packed weight into the weight's own order. */
  abstract void unpack(Tensor packed, Tensor weight);

  /** y = bias in every channel of the block. */
  abstract void fill(Tensor bias, Tensor y, Block block);

  /** y := windows of x times the weight + beta · y. */
  abstract void forward(Tensor x, Tensor packed, double beta, Tensor y, Block block);

  /** dx += what the block passes back. */
  abstract void inputGradient(Tensor packed, Tensor dy, Tensor dx, Block block);

  /** Gradient of the packed weight, at an offset in elements := what the block adds + beta · it. */
  abstract void weightGradient(
      Tensor x, Tensor dy, double beta, Tensor packed, long offset, Block block);
}
