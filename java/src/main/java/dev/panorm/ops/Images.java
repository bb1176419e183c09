package dev.panorm.ops;

import dev.panorm.DType;
import dev.panorm.Layout;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.backend.Window;
import dev.panorm.internal.check.Check;

/** Shapes of batches of images. */
final class Images {

  private Images() {}

  static void check(String op, Layout layout, Shape x) {
    Check.that(
        x.rank() == 4, op, "x's shape", x, layout == Layout.NCHW ? "[N, C, H, W]" : "[N, H, W, C]");
  }

  static long channels(Layout layout, Shape x) {
    return x.dim(layout == Layout.NCHW ? 1 : 3);
  }

  static long height(Layout layout, Shape x) {
    return x.dim(layout == Layout.NCHW ? 2 : 1);
  }

  static long width(Layout layout, Shape x) {
    return x.dim(layout == Layout.NCHW ? 3 : 2);
  }

  static Shape shape(Layout layout, long batch, long channels, long height, long width) {
    return layout == Layout.NCHW
        ? Shape.of(batch, channels, height, width)
        : Shape.of(batch, height, width, channels);
  }

  /** Checks the type of a result, or of its gradient, and its shape, one element a window. */
  static void output(
      String op,
      String name,
      Layout layout,
      long batch,
      long channels,
      Window window,
      DType dtype,
      Tensor y) {
    Check.dtype(op, name, y, dtype);
    Shape shape = y.shape();
    boolean fits =
        shape.rank() == 4
            && shape.dim(0) == batch
            && channels(layout, shape) == channels
            && height(layout, shape) == window.outHeight()
            && width(layout, shape) == window.outWidth();
    if (!fits) {
      throw new IllegalArgumentException(
          op
              + ": "
              + name
              + " has shape "
              + shape
              + ", expected "
              + shape(layout, batch, channels, window.outHeight(), window.outWidth()));
    }
  }
}
