package dev.panorm.ops;

import dev.panorm.Layout;
import dev.panorm.Shape;
import dev.panorm.backend.Conv2dPlan;
import dev.panorm.backend.Window;
import dev.panorm.internal.check.Check;
import org.jspecify.annotations.Nullable;

/**
 * Which convolution: immutable, built from {@link #DENSE} by the {@code with} methods.
 *
 * {@snippet :
 * Conv2dSpec same = Conv2dSpec.DENSE.withPadding(1, 1);
 * }
 *
 * <p>A spec remembers the plan of the last shapes that it met, so keep one and use it again. It may
 * be shared by threads.
 */
public final class Conv2dSpec {

  private static final String OP = "conv2d";

  /** Stride 1, no padding, dilation 1, one group, NCHW. */
  public static final Conv2dSpec DENSE = new Conv2dSpec(WindowSpec.DENSE, 1, Layout.NCHW);

  private final WindowSpec windows;
  private final long groups;
  private final Layout layout;

  private volatile @Nullable Planned last;

  /** The plan of one pair of shapes. */
  private record Planned(Shape x, Shape weight, Conv2dPlan plan) {}

  private Conv2dSpec(WindowSpec windows, long groups, Layout layout) {
    this.windows = windows;
    this.groups = groups;
    this.layout = layout;
  }

  /** Returns this with other strides, 1 or more. */
  public Conv2dSpec withStride(long rows, long columns) {
    return new Conv2dSpec(windows.withStride(OP, rows, columns), groups, layout);
  }

  /** Returns this with other zero padding on each side, 0 or more. */
  public Conv2dSpec withPadding(long rows, long columns) {
    return new Conv2dSpec(windows.withPadding(OP, rows, columns), groups, layout);
  }

  /** Returns this with other distances between the elements of the kernel, 1 or more. */
  public Conv2dSpec withDilation(long rows, long columns) {
    return new Conv2dSpec(windows.withDilation(OP, rows, columns), groups, layout);
  }

  /** Returns this with another number of groups, 1 or more, a divisor of both channel counts. */
  public Conv2dSpec withGroups(long number) {
    Check.that(number >= 1, OP, "groups", number, "1 or more");
    return new Conv2dSpec(windows, number, layout);
  }

  /** Returns this for another layout of x and y; the weight's stays. */
  public Conv2dSpec withLayout(Layout other) {
    return new Conv2dSpec(windows, groups, other);
  }

  /** Returns the layout of x and y. */
  public Layout layout() {
    return layout;
  }

  /** Returns the shape of y for these shapes of x and weight. */
  public Shape outputShape(Shape x, Shape weight) {
    Conv2dPlan plan = plan(OP, x, weight);
    Window window = plan.window();
    return Images.shape(
        layout, plan.batch(), plan.outChannels(), window.outHeight(), window.outWidth());
  }

  Conv2dPlan plan(String op, Shape x, Shape weight) {
    Planned planned = last;
    if (planned == null || !planned.x.equals(x) || !planned.weight.equals(weight)) {
      planned = new Planned(x, weight, build(op, x, weight));
      last = planned;
    }
    return planned.plan;
  }

  private Conv2dPlan build(String op, Shape x, Shape weight) {
    Images.check(op, layout, x);
    long channels = Images.channels(layout, x);
    Check.that(
        weight.rank() == 4
            && weight.dim(1) * groups == channels
            && weight.dim(0) % groups == 0
            && weight.elements() > 0,
        op,
        "weight's shape",
        weight,
        "[O, C / groups, rows, columns] for "
            + channels
            + " channels in "
            + groups
            + " groups that divide C and O");
    long height = Images.height(layout, x);
    long width = Images.width(layout, x);
    Window window = windows.over(op, weight.dim(2), weight.dim(3), height, width, false);
    return new Conv2dPlan(x.dim(0), channels, height, width, weight.dim(0), window, groups, layout);
  }
}
