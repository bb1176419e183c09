package dev.panorm.internal.backend.vector;

import dev.panorm.backend.Pool2dPlan;
import dev.panorm.backend.Window;
import dev.panorm.internal.memory.Memory;
import java.lang.foreign.ValueLayout;

/**
 * The loops of pooling over one plane. x stands for the address of a plane of the input or of its
 * gradient, y for one of the output or of its gradient.
 */
final class PoolPlane {

  private static final int I8 = Long.BYTES;

  private final Pool2dPlan plan;
  private final int height;
  private final int width;
  private final int rows;
  private final int columns;
  private final int outHeight;
  private final int outWidth;
  private final int strideH;
  private final int strideW;
  private final int padH;
  private final int padW;
  private final int dilationH;
  private final int dilationW;

  /** Bytes from element to element of a plane of x or y, and of the indices. */
  private final long step;

  private final long indexStep;

  PoolPlane(Pool2dPlan plan) {
    this.plan = plan;
    Window window = plan.window();
    height = Math.toIntExact(plan.height());
    width = Math.toIntExact(plan.width());
    Math.toIntExact(plan.height() * plan.width()); // positions in a plane are ints below
    rows = Math.toIntExact(window.kernelH());
    columns = Math.toIntExact(window.kernelW());
    outHeight = Math.toIntExact(window.outHeight());
    outWidth = Math.toIntExact(window.outWidth());
    strideH = Math.toIntExact(window.strideH());
    strideW = Math.toIntExact(window.strideW());
    padH = Math.toIntExact(window.padH());
    padW = Math.toIntExact(window.padW());
    dilationH = Math.toIntExact(window.dilationH());
    dilationW = Math.toIntExact(window.dilationW());
    step = plan.step() * Float.BYTES;
    indexStep = plan.step() * I8;
  }

  /** First index of a window that is inside, for a window that begins at {@code start}. */
  private static int begin(int start, int dilation) {
    return start >= 0 ? 0 : (-start + dilation - 1) / dilation;
  }

  /** Index after the last that is inside. */
  private static int end(int start, int dilation, int size, int kernel) {
    return Math.min(kernel, (size - start + dilation - 1) / dilation);
  }

  /** Largest elements, and their positions where {@code indices} is not 0. */
  void max(long x, long y, long indices) {
    for (int p = 0; p < outHeight; p++) {
      int top = p * strideH - padH;
      int firstRow = top + begin(top, dilationH) * dilationH;
      int afterRow = top + end(top, dilationH, height, rows) * dilationH;
      for (int q = 0; q < outWidth; q++) {
        int left = q * strideW - padW;
        int firstColumn = left + begin(left, dilationW) * dilationW;
        int afterColumn = left + end(left, dilationW, width, columns) * dilationW;
        float best = Lanes.get(x + (firstRow * width + firstColumn) * step);
        int position = firstRow * width + firstColumn;
        for (int h = firstRow; h < afterRow; h += dilationH) {
          for (int w = firstColumn; w < afterColumn; w += dilationW) {
            float value = Lanes.get(x + (h * width + w) * step);
            if (value > best || Float.isNaN(value)) {
              best = value;
              position = h * width + w;
            }
          }
        }
        long at = (long) p * outWidth + q;
        Lanes.set(y + at * step, best);
        if (indices != 0) {
          Memory.ALL.set(ValueLayout.JAVA_LONG, indices + at * indexStep, position);
        }
      }
    }
  }

  /** x[index] += y. */
  void scatter(long x, long y, long indices) {
    for (int i = 0; i < outHeight * outWidth; i++) {
      long at = x + index(indices, i) * step;
      Lanes.set(at, Lanes.get(at) + Lanes.get(y + i * step));
    }
  }

  /** y = x[index]. */
  void gather(long x, long y, long indices) {
    for (int i = 0; i < outHeight * outWidth; i++) {
      Lanes.set(y + i * step, Lanes.get(x + index(indices, i) * step));
    }
  }

  private long index(long indices, int i) {
    return Memory.ALL.get(ValueLayout.JAVA_LONG, indices + i * indexStep);
  }

  /** y = Σ / divisor of each window. */
  void average(long x, long y) {
    for (int p = 0; p < outHeight; p++) {
      int top = p * strideH - padH;
      int firstRow = Math.max(top, 0);
      int afterRow = Math.min(top + rows, height);
      for (int q = 0; q < outWidth; q++) {
        int left = q * strideW - padW;
        int afterColumn = Math.min(left + columns, width);
        double sum = 0;
        for (int h = firstRow; h < afterRow; h++) {
          for (int w = Math.max(left, 0); w < afterColumn; w++) {
            sum += Lanes.get(x + (h * width + w) * step);
          }
        }
        Lanes.set(y + (p * outWidth + q) * step, (float) (sum / plan.divisor(p, q)));
      }
    }
  }

  /** x += y / divisor over each window. */
  void spread(long x, long y) {
    for (int p = 0; p < outHeight; p++) {
      int top = p * strideH - padH;
      int firstRow = Math.max(top, 0);
      int afterRow = Math.min(top + rows, height);
      for (int q = 0; q < outWidth; q++) {
        int left = q * strideW - padW;
        int afterColumn = Math.min(left + columns, width);
        float share = Lanes.get(y + (p * outWidth + q) * step) / plan.divisor(p, q);
        for (int h = firstRow; h < afterRow; h++) {
          for (int w = Math.max(left, 0); w < afterColumn; w++) {
            long at = x + (h * width + w) * step;
            Lanes.set(at, Lanes.get(at) + share);
          }
        }
      }
    }
  }
}
