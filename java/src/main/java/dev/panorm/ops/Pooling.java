package dev.panorm.ops;

import dev.panorm.DType;
import dev.panorm.Tensor;
import dev.panorm.backend.Backends;
import dev.panorm.backend.Operation;
import dev.panorm.backend.Pool2dPlan;
import dev.panorm.backend.PoolingKernels;
import dev.panorm.internal.check.Check;
import dev.panorm.internal.check.Hold;
import dev.panorm.internal.memory.Memory;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Two-dimensional pooling, forward and backward.
 *
 * <p>Floating-point tensors of a call have one type, float32 or float64; indices are int64, of y's
 * shape, and give the position in the H x W plane. Outputs are given by the caller and overlap no
 * input. Nothing is allocated on the Java heap.
 */
public final class Pooling {

  private Pooling() {}

  /**
   * y = the largest element of each window: of equal ones the first, NaN before all.
   *
   * @param y of the shape that {@link Pool2dSpec#outputShape} returns
   * @param indices receives the position of each; null where it is not wanted
   */
  public static void maxPool2d(Pool2dSpec spec, Tensor x, Tensor y, @Nullable Tensor indices) {
    String op = "maxPool2d";
    Check.floating(op, "x", x);
    Pool2dPlan plan = spec.plan(op, x.shape());
    output(op, "y", plan, x.dtype(), y);
    Check.like(op, "indices", indices, DType.INT64, y.shape());
    Check.writable(op, "y", y);
    Check.writable(op, "indices", indices);
    Check.apart(op, "y", y, "x", x);
    Check.apart(op, "indices", indices, "x", x);
    Check.apart(op, "indices", indices, "y", y);
    Hold.retain(x, y, indices, null);
    try {
      if (y.elements() > 0) {
        kernels(x).maxForward(plan, x, y, indices);
      }
    } finally {
      Hold.release(x, y, indices, null);
    }
  }

  /**
   * Gradient of {@link #maxPool2d}: dx = Σ of dy over the windows that chose the element.
   *
   * @param indices what forward chose
   * @param dy upstream gradient
   * @param dx receives the gradient
   */
  public static void maxPool2dBackward(Pool2dSpec spec, Tensor indices, Tensor dy, Tensor dx) {
    String op = "maxPool2d backward";
    Check.floating(op, "dx", dx);
    Pool2dPlan plan = spec.plan(op, dx.shape());
    output(op, "dy", plan, dx.dtype(), dy);
    Check.like(op, "indices", indices, DType.INT64, dy.shape());
    Check.writable(op, "dx", dx);
    Check.apart(op, "dx", dx, "dy", dy);
    Check.apart(op, "dx", dx, "indices", indices);
    Hold.retain(indices, dy, dx, null);
    try {
      if (dx.elements() > 0) {
        checkIndices(op, plan, indices);
        kernels(dx).maxBackward(plan, dy, indices, dx);
      }
    } finally {
      Hold.release(indices, dy, dx, null);
    }
  }

  /**
   * y = the elements of x at the indices: the gradient of {@link #maxPool2dBackward}.
   *
   * @param indices what {@link #maxPool2d} chose
   */
  public static void maxPool2dGather(Pool2dSpec spec, Tensor x, Tensor indices, Tensor y) {
    String op = "maxPool2d gather";
    Check.floating(op, "x", x);
    Pool2dPlan plan = spec.plan(op, x.shape());
    output(op, "y", plan, x.dtype(), y);
    Check.like(op, "indices", indices, DType.INT64, y.shape());
    Check.writable(op, "y", y);
    Check.apart(op, "y", y, "x", x);
    Check.apart(op, "y", y, "indices", indices);
    Hold.retain(x, indices, y, null);
    try {
      if (y.elements() > 0) {
        checkIndices(op, plan, indices);
        kernels(x).gather(plan, x, indices, y);
      }
    } finally {
      Hold.release(x, indices, y, null);
    }
  }

  /**
   * y = the average of each window; the spec says whether the padding counts. Dilation is 1.
   *
   * @param y of the shape that {@link Pool2dSpec#outputShape} returns
   */
  public static void avgPool2d(Pool2dSpec spec, Tensor x, Tensor y) {
    String op = "avgPool2d";
    Check.floating(op, "x", x);
    Check.that(!spec.dilated(), op, "dilation", "above 1", "1");
    Pool2dPlan plan = spec.plan(op, x.shape());
    output(op, "y", plan, x.dtype(), y);
    Check.writable(op, "y", y);
    Check.apart(op, "y", y, "x", x);
    Hold.retain(x, y);
    try {
      if (y.elements() > 0) {
        kernels(x).averageForward(plan, x, y);
      }
    } finally {
      Hold.release(x, y);
    }
  }

  /**
   * Gradient of {@link #avgPool2d}.
   *
   * @param dy upstream gradient
   * @param dx receives the gradient
   */
  public static void avgPool2dBackward(Pool2dSpec spec, Tensor dy, Tensor dx) {
    String op = "avgPool2d backward";
    Check.floating(op, "dx", dx);
    Check.that(!spec.dilated(), op, "dilation", "above 1", "1");
    Pool2dPlan plan = spec.plan(op, dx.shape());
    output(op, "dy", plan, dx.dtype(), dy);
    Check.writable(op, "dx", dx);
    Check.apart(op, "dx", dx, "dy", dy);
    Hold.retain(dy, dx);
    try {
      if (dx.elements() > 0) {
        kernels(dx).averageBackward(plan, dy, dx);
      }
    } finally {
      Hold.release(dy, dx);
    }
  }

  /** Throws if a position is outside its plane: a kernel would read or write there. */
  private static void checkIndices(String op, Pool2dPlan plan, Tensor indices) {
    long address = indices.readAddress();
    long last = plan.height() * plan.width() - 1;
    long outside = 0; // negative as soon as one index is
    for (long i = 0; i < indices.elements(); i++) {
      long index = Memory.ALL.get(ValueLayout.JAVA_LONG, address + i * Long.BYTES);
      outside |= index | (last - index);
    }
    if (outside < 0) {
      throw Check.wrong(op, "indices", "outside the plane", "0 to " + last);
    }
  }

  private static void output(String op, String name, Pool2dPlan plan, DType dtype, Tensor y) {
    Images.output(op, name, plan.layout(), plan.batch(), plan.channels(), plan.window(), dtype, y);
  }

  private static PoolingKernels kernels(Tensor x) {
    return Backends.select(Operation.POOLING, x.dtype(), x.elements()).pooling();
  }
}
