package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.load;

import dev.panorm.internal.memory.Memory;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * The additions of {@link Winograd}, one vector of tiles or of channels at a time. Each method is
 * one loop of few enough vector operations for the JIT to inline them all; the large ones are above
 * 325 bytes of bytecode, so that it does not inline two of them into one method, which would be too
 * many. Vectors are stored by the vectors' own method, which it inlines in any case: behind too
 * many nodes a method of ours would be called, with its vector on the Java heap.
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
        a.rearrange(EVEN)
            .blend(b.rearrange(EVEN), UPPER)
            .intoMemorySegment(Memory.ALL, to + k, Lanes.ORDER);
        a.rearrange(ODD)
            .blend(b.rearrange(ODD), UPPER)
            .intoMemorySegment(Memory.ALL, to + halfBytes + k, Lanes.ORDER);
      }
      from += 2 * halfBytes;
      to += 2 * halfBytes;
    }
  }

  /**
   * The first and the last column of Bᵀ d B, both differences of columns that are two apart.
   *
   * @param a d's first column, in the first of four rows
   * @param b its second column
   * @param apart bytes from either to the column that is subtracted
   * @param row bytes from row to row
   * @param step bytes from one vector of d to the next
   * @param count how many there are
   * @param first receives the first column
   * @param last receives the last one
   * @param toStep bytes from one vector of them to the next
   * @param element bytes from element to element of a column
   */
  static void outerColumns(
      long a,
      long b,
      long apart,
      long row,
      long step,
      int count,
      long first,
      long last,
      long toStep,
      long element) {
    for (int i = 0; i < count; i++) {
      long from = a + i * step;
      long at = first + i * toStep;
      FloatVector h0 = load(from).sub(load(from + apart));
      FloatVector h1 = load(from + row).sub(load(from + row + apart));
      FloatVector h2 = load(from + 2 * row).sub(load(from + 2 * row + apart));
      FloatVector h3 = load(from + 3 * row).sub(load(from + 3 * row + apart));
      h0.sub(h2).intoMemorySegment(Memory.ALL, at, Lanes.ORDER);
      h1.add(h2).intoMemorySegment(Memory.ALL, at + element, Lanes.ORDER);
      h2.sub(h1).intoMemorySegment(Memory.ALL, at + 2 * element, Lanes.ORDER);
      h1.sub(h3).intoMemorySegment(Memory.ALL, at + 3 * element, Lanes.ORDER);
      from = b + i * step;
      at = last + i * toStep;
      h0 = load(from).sub(load(from + apart));
      h1 = load(from + row).sub(load(from + row + apart));
      h2 = load(from + 2 * row).sub(load(from + 2 * row + apart));
      h3 = load(from + 3 * row).sub(load(from + 3 * row + apart));
      h0.sub(h2).intoMemorySegment(Memory.ALL, at, Lanes.ORDER);
      h1.add(h2).intoMemorySegment(Memory.ALL, at + element, Lanes.ORDER);
      h2.sub(h1).intoMemorySegment(Memory.ALL, at + 2 * element, Lanes.ORDER);
      h1.sub(h3).intoMemorySegment(Memory.ALL, at + 3 * element, Lanes.ORDER);
    }
  }

  /**
   * The second and the third column of Bᵀ d B, sum and difference of d's third and second one, as
   * {@link #outerColumns}.
   *
   * @param b d's second column
   * @param c its third column
   */
  static void innerColumns(
      long b,
      long c,
      long row,
      long step,
      int count,
      long second,
      long third,
      long toStep,
      long element) {
    for (int i = 0; i < count; i++) {
      long x = b + i * step;
      long y = c + i * step;
      FloatVector x0 = load(x);
      FloatVector y0 = load(y);
      FloatVector x1 = load(x + row);
      FloatVector y1 = load(y + row);
      FloatVector x2 = load(x + 2 * row);
      FloatVector y2 = load(y + 2 * row);
      FloatVector x3 = load(x + 3 * row);
      FloatVector y3 = load(y + 3 * row);
      long at = second + i * toStep;
      FloatVector h1 = y1.add(x1);
      FloatVector h2 = y2.add(x2);
      y0.add(x0).sub(h2).intoMemorySegment(Memory.ALL, at, Lanes.ORDER);
      h1.add(h2).intoMemorySegment(Memory.ALL, at + element, Lanes.ORDER);
      h2.sub(h1).intoMemorySegment(Memory.ALL, at + 2 * element, Lanes.ORDER);
      h1.sub(y3.add(x3)).intoMemorySegment(Memory.ALL, at + 3 * element, Lanes.ORDER);
      at = third + i * toStep;
      h1 = y1.sub(x1);
      h2 = y2.sub(x2);
      y0.sub(x0).sub(h2).intoMemorySegment(Memory.ALL, at, Lanes.ORDER);
      h1.add(h2).intoMemorySegment(Memory.ALL, at + element, Lanes.ORDER);
      h2.sub(h1).intoMemorySegment(Memory.ALL, at + 2 * element, Lanes.ORDER);
      h1.sub(y3.sub(x3)).intoMemorySegment(Memory.ALL, at + 3 * element, Lanes.ORDER);
    }
  }

  /**
   * The first and the last column of A dy Aᵀ, its last row and column with the other sign.
   *
   * @param a dy's first column, in the first of two rows
   * @param b its second column
   * @param row bytes from row to row
   * @param step bytes from one vector of dy to the next
   * @param count how many there are
   * @param first receives the first column
   * @param last receives the last one
   * @param toStep bytes from one vector of them to the next
   * @param element bytes from element to element of a column
   */
  static void outerGradients(
      long a,
      long b,
      long row,
      long step,
      int count,
      long first,
      long last,
      long toStep,
      long element) {
    for (int i = 0; i < count; i++) {
      long x = a + i * step;
      long y = b + i * step;
      spread(load(x), load(x + row), first + i * toStep, element);
      spread(load(y), load(y + row), last + i * toStep, element);
    }
  }

  /** The second and the third column, a sum and a difference, as {@link #outerGradients}. */
  static void innerGradients(
      long a,
      long b,
      long row,
      long step,
      int count,
      long second,
      long third,
      long toStep,
      long element) {
    for (int i = 0; i < count; i++) {
      FloatVector x0 = load(a + i * step);
      FloatVector x1 = load(a + i * step + row);
      FloatVector y0 = load(b + i * step);
      FloatVector y1 = load(b + i * step + row);
      spread(x0.add(y0), x1.add(y1), second + i * toStep, element);
      spread(x0.sub(y0), x1.sub(y1), third + i * toStep, element);
    }
  }

  private static void spread(FloatVector top, FloatVector bottom, long to, long element) {
    top.intoMemorySegment(Memory.ALL, to, Lanes.ORDER);
    top.add(bottom).intoMemorySegment(Memory.ALL, to + element, Lanes.ORDER);
    top.sub(bottom).intoMemorySegment(Memory.ALL, to + 2 * element, Lanes.ORDER);
    bottom.intoMemorySegment(Memory.ALL, to + 3 * element, Lanes.ORDER);
  }

  /**
   * A row of the results of one vector of tiles, for many channels: with m the rows of a column of
   * sums of products, m1 + m2 + m0 for the first row and m1 − m2 − m3 for the second.
   *
   * @param from the first element of the first channel's sums of products
   * @param sign 1 for the first row, −1 for the second
   * @param element bytes from element to element
   * @param channels how many
   * @param bias one element for each channel
   * @param to receives two vectors for each channel
   * @param plane bytes from channel to channel there
   */
  static void results(
      long from, float sign, long element, int channels, long bias, long to, long plane) {
    FloatVector signs = Lanes.broadcast(sign);
    long row = 4 * element;
    long third = sign > 0 ? -row : 2 * row;
    for (int o = 0; o < channels; o++) {
      long at = from + row + o * (2 * Lanes.BYTES);
      FloatVector p0 = load(at + row).add(load(at + third)).fma(signs, load(at));
      at += element;
      FloatVector p1 = load(at + row).add(load(at + third)).fma(signs, load(at));
      at += element;
      FloatVector p2 = load(at + row).add(load(at + third)).fma(signs, load(at));
      at += element;
      FloatVector p3 = load(at + row).add(load(at + third)).fma(signs, load(at));
      FloatVector shift = Lanes.broadcast(Lanes.get(bias + o * F4));
      FloatVector even = p0.add(p1).add(p2).add(shift);
      FloatVector odd = p1.sub(p2).sub(p3).add(shift);
      long target = to + o * plane;
      even.rearrange(LOW)
          .blend(odd.rearrange(LOW), ODD_LANES)
          .intoMemorySegment(Memory.ALL, target, Lanes.ORDER);
      even.rearrange(HIGH)
          .blend(odd.rearrange(HIGH), ODD_LANES)
          .intoMemorySegment(Memory.ALL, target + Lanes.BYTES, Lanes.ORDER);
    }
  }
}
