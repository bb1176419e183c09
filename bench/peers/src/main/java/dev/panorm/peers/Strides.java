package dev.panorm.peers;

import dev.panorm.Layout;
import dev.panorm.bench.task.NormCase;

/**
 * The data of a case as peers see it: the dimensions in the order of NCHW, the layout in the
 * strides.
 */
final class Strides {

  private Strides() {}

  /** Returns the sizes of a case. */
  static long[] dims(NormCase norm) {
    return channelsSecond(norm, norm.shape().dims());
  }

  /** Returns the distances between its elements. */
  static long[] of(NormCase norm) {
    return channelsSecond(norm, contiguous(norm.shape().dims()));
  }

  /** Returns the strides of dense data whose last dimension is the innermost. */
  static long[] contiguous(long... dims) {
    long[] strides = new long[dims.length];
    long stride = 1;
    for (int i = dims.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= dims[i];
    }
    return strides;
  }

  private static long[] channelsSecond(NormCase norm, long[] stored) {
    if (norm.spec().layout() == Layout.NCHW) {
      return stored;
    }
    long[] moved = stored.clone();
    moved[1] = stored[stored.length - 1];
    System.arraycopy(stored, 1, moved, 2, stored.length - 2);
    return moved;
  }
}
