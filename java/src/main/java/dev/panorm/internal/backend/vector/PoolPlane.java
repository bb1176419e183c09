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

  private static final long F4 = Float.BYTES;
  private static final long I8 = Long.BYTES;

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

  /** Largest elements of a plane, and their positions where {@code indices} is not 0. */
  void max(long x, long y, long indices) {
    // Windows that are inside from their first column to their last go several at a time.
    int begin = strideW <= 2 ? Math.min(outWidth, (padW + strideW - 1) / strideW) : outWidth;
    int room = width - (columns - 1) * dilationW - 1 + padW;
    int end = Math.clamp(Math.floorDiv(room, strideW) + 1, begin, outWidth);
    for (int p = 0; p < outHeight; p++) {
      int top = p * strideH - padH;
      int row = top + begin(top, dilationH) * dilationH;
      int after = top + end(top, dilationH, height, rows) * dilationH;
      for (int q = 0; q < begin; q++) {
        oneMax(x, p, q, y, indices);
      }
      for (int q = begin; q < end; q += Lanes.FLOATS) {
        int left = q * strideW - padW;
        long at = (long) p * outWidth + q;
        MaxLoops.sideBySide(
            x + left * F4,
            left,
            Math.min(Lanes.FLOATS, end - q),
            strideW,
            row,
            after,
            dilationH,
            columns,
            dilationW,
            width,
            y + at * F4,
            indices == 0 ? 0 : indices + at * I8);
      }
      for (int q = end; q < outWidth; q++) {
        oneMax(x, p, q, y, indices);
      }
    }
  }

  private void oneMax(long x, int p, int q, long y, long indices) {
    maxOfChannels(x, 1, p, q, y + ((long) p * outWidth + q) * F4, indexOf(indices, p, q, I8));
  }

  private long indexOf(long indices, int p, int q, long bytes) {
    return indices == 0 ? 0 : indices + ((long) p * outWidth + q) * bytes;
  }

  /** As {@link #max}, for all channels of a sample at once, where channels go last. */
  void maxOfPixels(long x, long y, long indices) {
    int channels = Math.toIntExact(plan.channels());
    for (int p = 0; p < outHeight; p++) {
      for (int q = 0; q < outWidth; q++) {
        long at = y + ((long) p * outWidth + q) * step;
        maxOfChannels(x, channels, p, q, at, indexOf(indices, p, q, indexStep));
      }
    }
  }

  private void maxOfChannels(long x, int channels, int p, int q, long y, long indices) {
    int top = p * strideH - padH;
    int left = q * strideW - padW;
    for (int c = 0; c < channels; c += Lanes.FLOATS) {
      MaxLoops.channels(
          x + c * F4,
          Math.min(Lanes.FLOATS, channels - c),
          step,
          top + begin(top, dilationH) * dilationH,
          top + end(top, dilationH, height, rows) * dilationH,
          dilationH,
          left + begin(left, dilationW) * dilationW,
          left + end(left, dilationW, width, columns) * dilationW,
          dilationW,
          width,
          y + c * F4,
          indices == 0 ? 0 : indices + c * I8);
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
