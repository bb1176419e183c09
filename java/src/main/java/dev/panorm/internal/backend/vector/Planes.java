package dev.panorm.internal.backend.vector;

import dev.panorm.Activation;
import dev.panorm.ffi.streaming.StreamingKernels;

/** The loop over runs with terms of their own: the one in C, or {@link RunKernels}'. */
final class Planes {

  private static final long F4 = Float.BYTES;

  /** Bytes of centre, scale and shift of a run. */
  static final long TERMS = 3 * F4;

  private Planes() {}

  /** See {@link StreamingKernels#normalizeRuns}. */
  static void normalize(
      long x,
      long y,
      int runs,
      int length,
      long terms,
      long after,
      Activation activation,
      boolean streams) {
    if (Streaming.AVAILABLE) {
      int number = Streaming.number(activation);
      StreamingKernels.normalizeRuns(x, y, runs, length, terms, after, number, streams);
    } else {
      RunKernels.normalize(x, y, runs, length * F4, length, terms, TERMS);
      BlockKernels.end(y, after, activation, runs * length);
    }
  }
}
