package dev.panorm.ops;

import dev.panorm.backend.Window;
import dev.panorm.internal.check.Check;

/**
 * How windows move over a plane, before its size is known.
 *
 * @param strideH rows from window to window, 1 or more
 * @param strideW columns from window to window, 1 or more
 * @param padH rows of padding above and below, 0 or more
 * @param padW columns of padding left and right, 0 or more
 * @param dilationH rows from element to element of a window, 1 or more
 * @param dilationW columns from element to element of a window, 1 or more
 */
record WindowSpec(
    long strideH, long strideW, long padH, long padW, long dilationH, long dilationW) {

  static final WindowSpec DENSE = new WindowSpec(1, 1, 0, 0, 1, 1);

  WindowSpec withStride(String op, long h, long w) {
    Check.that(h >= 1 && w >= 1, op, "stride", h + " x " + w, "1 or more");
    return new WindowSpec(h, w, padH, padW, dilationH, dilationW);
  }

  WindowSpec withPadding(String op, long h, long w) {
    Check.that(h >= 0 && w >= 0, op, "padding", h + " x " + w, "0 or more");
    return new WindowSpec(strideH, strideW, h, w, dilationH, dilationW);
  }

  WindowSpec withDilation(String op, long h, long w) {
    Check.that(h >= 1 && w >= 1, op, "dilation", h + " x " + w, "1 or more");
    return new WindowSpec(strideH, strideW, padH, padW, h, w);
  }

  /**
   * Returns the windows over a plane.
   *
   * @param ceilMode whether a window that sticks out at the end counts, as long as it starts inside
   *     the plane or the padding before it
   */
  Window over(String op, long kernelH, long kernelW, long height, long width, boolean ceilMode) {
    long rows = count(height, kernelH, strideH, padH, dilationH, ceilMode);
    long columns = count(width, kernelW, strideW, padW, dilationW, ceilMode);
    Check.that(
        rows > 0 && columns > 0,
        op,
        "x's plane",
        height + " x " + width,
        "room for a window of " + kernelH + " x " + kernelW);
    return new Window(
        kernelH, kernelW, strideH, strideW, padH, padW, dilationH, dilationW, rows, columns);
  }

  private static long count(
      long size, long kernel, long stride, long pad, long dilation, boolean ceilMode) {
    long room = size + 2 * pad - dilation * (kernel - 1) - 1;
    if (size == 0 || room < 0) {
      return 0;
    }
    long count = (room + (ceilMode ? stride - 1 : 0)) / stride + 1;
    return ceilMode && (count - 1) * stride >= size + pad ? count - 1 : count;
  }
}
