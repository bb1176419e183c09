package dev.panorm.internal.backend.vector;

import dev.panorm.Layout;
import dev.panorm.backend.Conv2dPlan;
import dev.panorm.backend.Window;

/**
 * A convolution of stride 1 in NCHW from a source to a target, both groups of planes: forward with
 * source x and target y, or its input gradient with source dy, target dx and the kernel turned
 * round.
 *
 * @param batch number of samples
 * @param groups number of groups of channels
 * @param channels channels of a group of the source
 * @param outChannels channels of a group of the target
 * @param height rows of a plane of the source
 * @param width columns of it
 * @param outHeight rows of a plane of the target
 * @param outWidth columns of it
 * @param kernelH rows of the kernel
 * @param kernelW columns of it
 * @param padH rows of zeros above the source
 * @param padW columns of zeros to its left
 * @param dilationH rows from element to element of the kernel
 * @param dilationW columns from element to element
 * @param turned whether the kernel is turned round
 */
record Correlation(
    long batch,
    long groups,
    int channels,
    int outChannels,
    int height,
    int width,
    int outHeight,
    int outWidth,
    int kernelH,
    int kernelW,
    int padH,
    int padW,
    int dilationH,
    int dilationW,
    boolean turned) {

  /** Returns the way forward. */
  static Correlation forward(Conv2dPlan plan) {
    Window window = plan.window();
    return new Correlation(
        plan.batch(),
        plan.groups(),
        Math.toIntExact(plan.groupChannels()),
        Math.toIntExact(plan.groupOutChannels()),
        Math.toIntExact(plan.height()),
        Math.toIntExact(plan.width()),
        Math.toIntExact(window.outHeight()),
        Math.toIntExact(window.outWidth()),
        Math.toIntExact(window.kernelH()),
        Math.toIntExact(window.kernelW()),
        Math.toIntExact(window.padH()),
        Math.toIntExact(window.padW()),
        Math.toIntExact(window.dilationH()),
        Math.toIntExact(window.dilationW()),
        false);
  }

  /** Returns the way back to the input. */
  static Correlation inputGradient(Conv2dPlan plan) {
    Correlation f = forward(plan);
    return new Correlation(
        f.batch,
        f.groups,
        f.outChannels,
        f.channels,
        f.outHeight,
        f.outWidth,
        f.height,
        f.width,
        f.kernelH,
        f.kernelW,
        (f.kernelH - 1) * f.dilationH - f.padH,
        (f.kernelW - 1) * f.dilationW - f.padW,
        f.dilationH,
        f.dilationW,
        true);
  }

  /**
   * Returns whether {@link CorrelationTask} serves a convolution forward and backward: planes, wide
   * enough for a vector, whose windows move by one; a kernel of one element is a product already.
   */
  static boolean serves(Conv2dPlan plan) {
    Window w = plan.window();
    return plan.layout() == Layout.NCHW
        && w.strideH() == 1
        && w.strideW() == 1
        && w.kernelH() * w.kernelW() > 1
        && (w.kernelH() - 1) * w.dilationH() >= w.padH()
        && (w.kernelW() - 1) * w.dilationW() >= w.padW()
        && Math.min(plan.width(), w.outWidth()) >= Lanes.FLOATS;
  }

  /** Returns how many products make one element of the target. */
  int depth() {
    return channels * kernelH * kernelW;
  }

  /** Returns columns of the source with its zeros. */
  int paddedWidth() {
    return outWidth + (kernelW - 1) * dilationW;
  }

  /** Returns rows of the source that some rows of the target are made of. */
  int sourceRows(int rows) {
    return rows + (kernelH - 1) * dilationH;
  }
}
