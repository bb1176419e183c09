package dev.panorm.backend;

import dev.panorm.Layout;

/**
 * Pooling of each channel's plane: x is [N, C, H, W] or [N, H, W, C] as the layout says, y has one
 * element for each window in the same order.
 *
 * @param batch N
 * @param channels C
 * @param height H
 * @param width W
 * @param window where the windows stand
 * @param countIncludePad whether an average counts the elements of the padding
 * @param layout where the channels stand
 */
public record Pool2dPlan(
    long batch,
    long channels,
    long height,
    long width,
    Window window,
    boolean countIncludePad,
    Layout layout) {

  /** Returns the number of output elements. */
  public long outputs() {
    return batch * channels * window.outHeight() * window.outWidth();
  }

  /** Returns the number of separate planes that are each contiguous but for their step. */
  public long planes() {
    return batch * channels;
  }

  /** Returns where the first element of a plane stands, of {@code positions} elements a plane. */
  public long first(long plane, long positions) {
    return layout == Layout.NCHW
        ? plane * positions
        : plane / channels * positions * channels + plane % channels;
  }

  /** Returns the step from element to element of a plane. */
  public long step() {
    return layout == Layout.NCHW ? 1 : channels;
  }

  /** Returns what the sum over window (p, q) is divided by in an average. */
  public long divisor(long p, long q) {
    return span(window.row(p, 0), window.kernelH(), height, window.padH())
        * span(window.column(q, 0), window.kernelW(), width, window.padW());
  }

  private long span(long first, long kernel, long size, long pad) {
    return countIncludePad
        ? Math.min(first + kernel, size + pad) - first
        : Math.min(first + kernel, size) - Math.max(first, 0);
  }
}
