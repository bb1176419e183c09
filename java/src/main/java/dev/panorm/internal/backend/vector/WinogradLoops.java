package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.load;
import static dev.panorm.internal.backend.vector.Lanes.store;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * The additions of {@link Winograd}, one vector of tiles or of channels at a time. Each method is
 * one loop and a compile unit of its own: few enough vector operations that the JIT inlines all.
 */
final class WinogradLoops {

  private static final long F4 = Float.BYTES;
  private static final int LANES = Lanes.FLOATS;

  private static final VectorShuffle<Float> EVEN =
      VectorShuffle.fromOp(Lanes.F, i -> 2 * i % LANES);
  private static final VectorShuffle<Float> ODD =
      VectorShuffle.fromOp(Lanes.F, i -> (2 * i + 1) % LANES);
  private static final VectorShuffle<Float> LOW = VectorShuffle.fromOp(Lanes.F, i -> i / 2);
  private static final VectorShuffle<Float> HIGH =
      VectorShuffle.fromOp(Lanes.F, i -> LANES / 2 + i / 2);
  private static final VectorMask<Float> UPPER = Lanes.F.indexInRange(0, LANES / 2).not();
  private static final VectorMask<Float> ODD_LANES =
      VectorMask.fromLong(Lanes.F, 0xAAAA_AAAA_AAAA_AAAAL);

  private WinogradLoops() {}

  /** Rows of elements into rows of the even ones followed by the odd ones. */
  static void split(long from, int rows, int half, long to) {
    long halfBytes = half * F4;
    for (int row = 0; row < rows; row++) {
      for (long k = 0; k < halfBytes; k += Lanes.BYTES) {
        FloatVector a = load(from + 2 * k);
        FloatVector b = load(from + 2 * k + Lanes.BYTES);
        store(a.rearrange(EVEN).blend(b.rearrange(EVEN), UPPER), to + k);
        store(a.rearrange(ODD).blend(b.rearrange(ODD), UPPER), to + halfBytes + k);
      }
      from += 2 * halfBytes;
      to += 2 * halfBytes;
    }
  }

  /**
   * A column of Bᵀ d B that is a difference of two of d's.
   *
   * @param a the first of the two, in the first of four rows
   * @param b the second
   * @param row bytes from row to row
   * @param step bytes from one vector of d to the next
   * @param count how many there are
   * @param to the column's first element
   * @param toStep bytes from one vector of it to the next
   * @param element bytes from element to element of the column
   */
  static void minus(
      long a, long b, long row, long step, int count, long to, long toStep, long element) {
    for (int i = 0; i < count; i++) {
      long first = a + i * step;
      long second = b + i * step;
      FloatVector h0 = load(first).sub(load(second));
      FloatVector h1 = load(first + row).sub(load(second + row));
      FloatVector h2 = load(first + 2 * row).sub(load(second + 2 * row));
      FloatVector h3 = load(first + 3 * row).sub(load(second + 3 * row));
      long at = to + i * toStep;
      store(h0.sub(h2), at);
      store(h1.add(h2), at + element);
      store(h2.sub(h1), at + 2 * element);
      store(h1.sub(h3), at + 3 * element);
    }
  }

  /** As {@link #minus}, for the column that is a sum. */
  static void plus(
      long a, long b, long row, long step, int count, long to, long toStep, long element) {
    for (int i = 0; i < count; i++) {
      long first = a + i * step;
      long second = b + i * step;
      FloatVector h0 = load(first).add(load(second));
      FloatVector h1 = load(first + row).add(load(second + row));
      FloatVector h2 = load(first + 2 * row).add(load(second + 2 * row));
      FloatVector h3 = load(first + 3 * row).add(load(second + 3 * row));
      long at = to + i * toStep;
      store(h0.sub(h2), at);
      store(h1.add(h2), at + element);
      store(h2.sub(h1), at + 2 * element);
      store(h1.sub(h3), at + 3 * element);
    }
  }

  /**
   * The first or the last column of A dy Aᵀ, the last row with the other sign.
   *
   * @param from dy's first or second column, in the first of two rows
   * @param row bytes from row to row
   * @param step bytes from one vector of dy to the next
   * @param count how many there are
   * @param to the column's first element
   * @param toStep bytes from one vector of it to the next
   * @param element bytes from element to element of the column
   */
  static void outer(long from, long row, long step, int count, long to, long toStep, long element) {
    for (int i = 0; i < count; i++) {
      long at = from + i * step;
      spread(load(at), load(at + row), to + i * toStep, element);
    }
  }

  /** As {@link #outer}, for the column that is a sum; {@code second} is dy's second column. */
  static void sum(
      long first, long second, long row, long step, int count, long to, long toStep, long element) {
    for (int i = 0; i < count; i++) {
      long a = first + i * step;
      long b = second + i * step;
      FloatVector top = load(a).add(load(b));
      FloatVector bottom = load(a + row).add(load(b + row));
      spread(top, bottom, to + i * toStep, element);
    }
  }

  /** As {@link #sum}, for the column that is a difference. */
  static void difference(
      long first, long second, long row, long step, int count, long to, long toStep, long element) {
    for (int i = 0; i < count; i++) {
      long a = first + i * step;
      long b = second + i * step;
      FloatVector top = load(a).sub(load(b));
      FloatVector bottom = load(a + row).sub(load(b + row));
      spread(top, bottom, to + i * toStep, element);
    }
  }

  private static void spread(FloatVector top, FloatVector bottom, long to, long element) {
    store(top, to);
    store(top.add(bottom), to + element);
    store(top.sub(bottom), to + 2 * element);
    store(bottom, to + 3 * element);
  }

  /**
   * The first row of the results of one vector of tiles, for many channels.
   *
   * @param from the first element of the first channel's sums of products
   * @param element bytes from element to element
   * @param step bytes from channel to channel
   * @param bias one element for each channel
   * @param to receives two vectors for each channel
   * @param plane bytes from channel to channel there
   */
  static void top(
      long from, long element, long step, int channels, long bias, long to, long plane) {
    for (int o = 0; o < channels; o++) {
      long at = from + o * step;
      FloatVector p0 = upperRows(at, element);
      FloatVector p1 = upperRows(at + element, element);
      FloatVector p2 = upperRows(at + 2 * element, element);
      FloatVector p3 = upperRows(at + 3 * element, element);
      FloatVector shift = Lanes.broadcast(Lanes.get(bias + o * F4));
      FloatVector even = p0.add(p1).add(p2).add(shift);
      FloatVector odd = p1.sub(p2).sub(p3).add(shift);
      interleave(even, odd, to + o * plane);
    }
  }

  /** As {@link #top} for the second row. */
  static void bottom(
      long from, long element, long step, int channels, long bias, long to, long plane) {
    for (int o = 0; o < channels; o++) {
      long at = from + o * step;
      FloatVector p0 = lowerRows(at, element);
      FloatVector p1 = lowerRows(at + element, element);
      FloatVector p2 = lowerRows(at + 2 * element, element);
      FloatVector p3 = lowerRows(at + 3 * element, element);
      FloatVector shift = Lanes.broadcast(Lanes.get(bias + o * F4));
      FloatVector even = p0.add(p1).add(p2).add(shift);
      FloatVector odd = p1.sub(p2).sub(p3).add(shift);
      interleave(even, odd, to + o * plane);
    }
  }

  private static FloatVector upperRows(long column, long element) {
    return load(column).add(load(column + 4 * element)).add(load(column + 8 * element));
  }

  private static FloatVector lowerRows(long column, long element) {
    return load(column + 4 * element)
        .sub(load(column + 8 * element))
        .sub(load(column + 12 * element));
  }

  private static void interleave(FloatVector even, FloatVector odd, long to) {
    store(even.rearrange(LOW).blend(odd.rearrange(LOW), ODD_LANES), to);
    store(even.rearrange(HIGH).blend(odd.rearrange(HIGH), ODD_LANES), to + Lanes.BYTES);
  }
}
