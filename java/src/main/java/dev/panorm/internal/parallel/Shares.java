package dev.panorm.internal.parallel;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Parts dealt out to threads: each has a range of neighbours of its own, and when it is through
 * takes from the far ends of the others' ranges. So a thread finds at the next step of an operation
 * what it has left in its own cache, and none waits for one that came late.
 */
final class Shares {

  /** No part is left. */
  static final int NONE = -1;

  /** Ranges lie a cache's line apart, or two threads would pull one line to and fro. */
  private static final int STRIDE = 8;

  /** First part of each range, and in the upper half the part after its last. */
  private AtomicLongArray ranges = new AtomicLongArray(0);

  private int threads;

  /** Deals out parts; not while threads take some. */
  void deal(int parts, int threads) {
    this.threads = threads;
    if (ranges.length() < threads * STRIDE) {
      ranges = new AtomicLongArray(threads * STRIDE);
    }
    for (int i = 0; i < threads; i++) {
      ranges.set(i * STRIDE, range(bound(parts, threads, i), bound(parts, threads, i + 1)));
    }
  }

  private static long bound(long parts, int threads, int thread) {
    return parts * thread / threads;
  }

  private static long range(long first, long end) {
    return end << Integer.SIZE | first;
  }

  /** Takes a part for a thread, or {@link #NONE}. */
  int take(int thread) {
    int part = take(thread, false);
    for (int i = 1; i < threads && part == NONE; i++) {
      part = take((thread + i) % threads, true);
    }
    return part;
  }

  private int take(int thread, boolean last) {
    int at = thread * STRIDE;
    while (true) {
      long range = ranges.get(at);
      int first = (int) range;
      int end = (int) (range >> Integer.SIZE);
      if (first == end) {
        return NONE;
      }
      long rest = last ? range(first, end - 1) : range(first + 1, end);
      if (ranges.compareAndSet(at, range, rest)) {
        return last ? end - 1 : first;
      }
    }
  }
}
