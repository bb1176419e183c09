package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.BYTES;
import static dev.panorm.internal.backend.vector.Lanes.broadcast;
import static dev.panorm.internal.backend.vector.Lanes.get;
import static dev.panorm.internal.backend.vector.Lanes.load;
import static dev.panorm.internal.backend.vector.Lanes.set;
import static dev.panorm.internal.backend.vector.Lanes.zero;

import dev.panorm.internal.memory.Memory;
import jdk.incubator.vector.FloatVector;

/**
 * The loops of local response normalization, over a run of elements whose neighbours stand {@code
 * step} bytes apart from one another. Addresses are absolute, lengths in elements. Each sum is
 * taken afresh: a running one would keep what a large neighbour that has gone left of the small
 * ones.
 */
final class ResponseLoops {

  private static final long F4 = Float.BYTES;

  /** The number of neighbours of AlexNet and of nearly everybody since, with a loop of its own. */
  private static final int USUAL = 5;

  private ResponseLoops() {}

  /** s = k + alpha · Σ x², of {@code count} neighbours beginning with that at {@code first}. */
  static void bases(long first, long step, int count, float alpha, float k, long s, int length) {
    FloatVector as = broadcast(alpha);
    FloatVector ks = broadcast(k);
    long full = Lanes.fullBytes(length, 1);
    if (count == USUAL) {
      for (long i = 0; i < full; i += BYTES) {
        FloatVector v0 = load(first + i);
        FloatVector v1 = load(first + step + i);
        FloatVector v2 = load(first + 2 * step + i);
        FloatVector v3 = load(first + 3 * step + i);
        FloatVector v4 = load(first + 4 * step + i);
        v4.fma(v4, v3.fma(v3, v2.fma(v2, v1.fma(v1, v0.mul(v0)))))
            .fma(as, ks)
            .intoMemorySegment(Memory.ALL, s + i, Lanes.ORDER);
      }
    } else {
      for (long i = 0; i < full; i += BYTES) {
        FloatVector sum = zero();
        for (int j = 0; j < count; j++) {
          FloatVector v = load(first + j * step + i);
          sum = v.fma(v, sum);
        }
        sum.fma(as, ks).intoMemorySegment(Memory.ALL, s + i, Lanes.ORDER);
      }
    }
    for (long i = full; i < length * F4; i += F4) {
      float sum = 0;
      for (int j = 0; j < count; j++) {
        float v = get(first + i + j * step);
        sum = Math.fma(v, v, sum);
      }
      set(s + i, Math.fma(sum, alpha, k));
    }
  }

  /** r = g · x / s. */
  static void ratios(long g, long x, long s, long r, int length) {
    long full = Lanes.fullBytes(length, 1);
    for (long i = 0; i < full; i += BYTES) {
      load(g + i)
          .mul(load(x + i))
          .div(load(s + i))
          .intoMemorySegment(Memory.ALL, r + i, Lanes.ORDER);
    }
    for (long i = full; i < length * F4; i += F4) {
      set(r + i, get(g + i) * get(x + i) / get(s + i));
    }
  }

  /**
   * sums = Σ r, of {@code count} neighbours beginning with that at {@code first}; added to what is
   * there where {@code more}.
   */
  static void sums(long first, long step, int count, boolean more, long sums, int length) {
    long full = Lanes.fullBytes(length, 1);
    for (long i = 0; i < full; i += BYTES) {
      FloatVector sum = more ? load(sums + i) : zero();
      for (int j = 0; j < count; j++) {
        sum = sum.add(load(first + j * step + i));
      }
      sum.intoMemorySegment(Memory.ALL, sums + i, Lanes.ORDER);
    }
    for (long i = full; i < length * F4; i += F4) {
      float sum = more ? get(sums + i) : 0;
      for (int j = 0; j < count; j++) {
        sum += get(first + i + j * step);
      }
      set(sums + i, sum);
    }
  }

  /** dx = g + factor · x · sums; dx may be g. */
  static void gradient(long g, long x, long sums, float factor, long dx, int length) {
    FloatVector f = broadcast(factor);
    long full = Lanes.fullBytes(length, 1);
    for (long i = 0; i < full; i += BYTES) {
      load(x + i)
          .mul(f)
          .fma(load(sums + i), load(g + i))
          .intoMemorySegment(Memory.ALL, dx + i, Lanes.ORDER);
    }
    for (long i = full; i < length * F4; i += F4) {
      set(dx + i, Math.fma(get(x + i) * factor, get(sums + i), get(g + i)));
    }
  }
}
