package dev.panorm.ops;

import dev.panorm.Layout;
import dev.panorm.Shape;
import dev.panorm.backend.Pool2dPlan;
import dev.panorm.backend.Window;
import dev.panorm.internal.check.Check;
import org.jspecify.annotations.Nullable;

/**
 * Which pooling: immutable, built from {@link #of} and refined by the {@code with} methods. The
 * stride is the kernel's size where none is given.
 *
 * <p>A spec remembers the plan of the last shape that it met, so keep one and use it again. It may
 * be shared by threads.
 */
public final class Pool2dSpec {

  private static final String OP = "pool2d";

  private final long kernelH;
  private final long kernelW;
  private final WindowSpec windows;
  private final boolean ceilMode;
  private final boolean countIncludePad;
  private final Layout layout;

  private volatile @Nullable Planned last;

  /** The plan of one shape. */
  private record Planned(Shape x, Pool2dPlan plan) {}

  private Pool2dSpec(
      long kernelH,
      long kernelW,
      WindowSpec windows,
      boolean ceilMode,
      boolean countIncludePad,
      Layout layout) {
    this.kernelH = kernelH;
    this.kernelW = kernelW;
    this.windows = windows;
    this.ceilMode = ceilMode;
    this.countIncludePad = countIncludePad;
    this.layout = layout;
  }

  /**
   * Returns pooling over windows of this size, side by side, without padding, NCHW.
   *
   * @param rows rows of a window, 1 or more
   * @param columns columns of a window, 1 or more
   */
  public static Pool2dSpec of(long rows, long columns) {
    Check.that(rows >= 1 && columns >= 1, OP, "kernel", rows + " x " + columns, "1 or more");
    WindowSpec windows = WindowSpec.DENSE.withStride(OP, rows, columns);
    return new Pool2dSpec(rows, columns, windows, false, true, Layout.NCHW);
  }

  /** Returns this with other strides, 1 or more. */
  public Pool2dSpec withStride(long rows, long columns) {
    return with(windows.withStride(OP, rows, columns));
  }

  /**
   * Returns this with other padding on each side, 0 to half the kernel: −∞ for the maximum, 0 for
   * the average.
   */
  public Pool2dSpec withPadding(long rows, long columns) {
    Check.that(
        2 * rows <= kernelH && 2 * columns <= kernelW,
        OP,
        "padding",
        rows + " x " + columns,
        "at most half the kernel of " + kernelH + " x " + kernelW);
    return with(windows.withPadding(OP, rows, columns));
  }

  /** Returns this with other distances between the elements of a window, 1 or more. */
  public Pool2dSpec withDilation(long rows, long columns) {
    return with(windows.withDilation(OP, rows, columns));
  }

  /** Returns this with or without a last window that sticks out at the end. */
  public Pool2dSpec withCeilMode(boolean ceil) {
    return new Pool2dSpec(kernelH, kernelW, windows, ceil, countIncludePad, layout);
  }

  /** Returns this with averages that count the padding, or not. */
  public Pool2dSpec withCountIncludePad(boolean include) {
    return new Pool2dSpec(kernelH, kernelW, windows, ceilMode, include, layout);
  }

  /** Returns this for another layout. */
  public Pool2dSpec withLayout(Layout other) {
    return new Pool2dSpec(kernelH, kernelW, windows, ceilMode, countIncludePad, other);
  }

  private Pool2dSpec with(WindowSpec other) {
    return new Pool2dSpec(kernelH, kernelW, other, ceilMode, countIncludePad, layout);
  }

  /** Returns the shape of y for this shape of x. */
  public Shape outputShape(Shape x) {
    Pool2dPlan plan = plan(OP, x);
    Window window = plan.window();
    return Images.shape(
        layout, plan.batch(), plan.channels(), window.outHeight(), window.outWidth());
  }

  boolean dilated() {
    return windows.dilationH() != 1 || windows.dilationW() != 1;
  }

  Pool2dPlan plan(String op, Shape x) {
    Planned planned = last;
    if (planned == null || !planned.x.equals(x)) {
      planned = new Planned(x, build(op, x));
      last = planned;
    }
    return planned.plan;
  }

  private Pool2dPlan build(String op, Shape x) {
    Images.check(op, layout, x);
    long height = Images.height(layout, x);
    long width = Images.width(layout, x);
    Window window = windows.over(op, kernelH, kernelW, height, width, ceilMode);
    return new Pool2dPlan(
        x.dim(0), Images.channels(layout, x), height, width, window, countIncludePad, layout);
  }
}
