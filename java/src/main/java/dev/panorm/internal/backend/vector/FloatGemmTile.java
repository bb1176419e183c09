package dev.panorm.internal.backend.vector;

import dev.panorm.internal.memory.Memory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Tiles of float32. */
final class FloatGemmTile extends GemmTile {

  private static final VectorSpecies<Float> S = Lanes.F;
  private static final ValueLayout.OfFloat ELEMENT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  /** Two elements; the first is the lower half on any machine. */
  private static final ValueLayout.OfLong PAIR =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final long LOW = 0xFFFF_FFFFL;
  private static final MemorySegment ALL = Memory.ALL;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final long VECTOR = S.vectorByteSize();
  private static final long STEP_A = ROWS * 4L;
  private static final long STEP_B = 2 * VECTOR;

  FloatGemmTile() {
    super(2 * S.length(), Float.BYTES);
  }

  @Override
  void multiply(int depth, long a, long b, long from, long fromRow, long to, long toRow) {
    FloatVector c00 = FloatVector.zero(S);
    FloatVector c01 = FloatVector.zero(S);
    FloatVector c10 = FloatVector.zero(S);
    FloatVector c11 = FloatVector.zero(S);
    FloatVector c20 = FloatVector.zero(S);
    FloatVector c21 = FloatVector.zero(S);
    FloatVector c30 = FloatVector.zero(S);
    FloatVector c31 = FloatVector.zero(S);
    FloatVector c40 = FloatVector.zero(S);
    FloatVector c41 = FloatVector.zero(S);
    FloatVector c50 = FloatVector.zero(S);
    FloatVector c51 = FloatVector.zero(S);
    for (int p = 0; p < depth; p++) {
      long atA = a + p * STEP_A;
      long atB = b + p * STEP_B;
      FloatVector b0 = FloatVector.fromMemorySegment(S, ALL, atB, ORDER);
      FloatVector b1 = FloatVector.fromMemorySegment(S, ALL, atB + VECTOR, ORDER);
      FloatVector x = FloatVector.broadcast(S, ALL.get(ELEMENT, atA));
      c00 = b0.fma(x, c00);
      c01 = b1.fma(x, c01);
      x = FloatVector.broadcast(S, ALL.get(ELEMENT, atA + 4));
      c10 = b0.fma(x, c10);
      c11 = b1.fma(x, c11);
      x = FloatVector.broadcast(S, ALL.get(ELEMENT, atA + 8));
      c20 = b0.fma(x, c20);
      c21 = b1.fma(x, c21);
      x = FloatVector.broadcast(S, ALL.get(ELEMENT, atA + 12));
      c30 = b0.fma(x, c30);
      c31 = b1.fma(x, c31);
      x = FloatVector.broadcast(S, ALL.get(ELEMENT, atA + 16));
      c40 = b0.fma(x, c40);
      c41 = b1.fma(x, c41);
      x = FloatVector.broadcast(S, ALL.get(ELEMENT, atA + 20));
      c50 = b0.fma(x, c50);
      c51 = b1.fma(x, c51);
    }
    c00.add(FloatVector.fromMemorySegment(S, ALL, from, ORDER)).intoMemorySegment(ALL, to, ORDER);
    c01.add(FloatVector.fromMemorySegment(S, ALL, from + VECTOR, ORDER))
        .intoMemorySegment(ALL, to + VECTOR, ORDER);
    c10.add(FloatVector.fromMemorySegment(S, ALL, from + fromRow, ORDER))
        .intoMemorySegment(ALL, to + toRow, ORDER);
    c11.add(FloatVector.fromMemorySegment(S, ALL, from + fromRow + VECTOR, ORDER))
        .intoMemorySegment(ALL, to + toRow + VECTOR, ORDER);
    c20.add(FloatVector.fromMemorySegment(S, ALL, from + 2 * fromRow, ORDER))
        .intoMemorySegment(ALL, to + 2 * toRow, ORDER);
    c21.add(FloatVector.fromMemorySegment(S, ALL, from + 2 * fromRow + VECTOR, ORDER))
        .intoMemorySegment(ALL, to + 2 * toRow + VECTOR, ORDER);
    c30.add(FloatVector.fromMemorySegment(S, ALL, from + 3 * fromRow, ORDER))
        .intoMemorySegment(ALL, to + 3 * toRow, ORDER);
    c31.add(FloatVector.fromMemorySegment(S, ALL, from + 3 * fromRow + VECTOR, ORDER))
        .intoMemorySegment(ALL, to + 3 * toRow + VECTOR, ORDER);
    c40.add(FloatVector.fromMemorySegment(S, ALL, from + 4 * fromRow, ORDER))
        .intoMemorySegment(ALL, to + 4 * toRow, ORDER);
    c41.add(FloatVector.fromMemorySegment(S, ALL, from + 4 * fromRow + VECTOR, ORDER))
        .intoMemorySegment(ALL, to + 4 * toRow + VECTOR, ORDER);
    c50.add(FloatVector.fromMemorySegment(S, ALL, from + 5 * fromRow, ORDER))
        .intoMemorySegment(ALL, to + 5 * toRow, ORDER);
    c51.add(FloatVector.fromMemorySegment(S, ALL, from + 5 * fromRow + VECTOR, ORDER))
        .intoMemorySegment(ALL, to + 5 * toRow + VECTOR, ORDER);
  }

  @Override
  void merge(long tile, int rows, int width, double alpha, double beta, long c, long rowBytes) {
    for (int i = 0; i < rows; i++) {
      long source = tile + i * STEP_B;
      long target = c + i * rowBytes;
      if (width == columns) {
        mergeVector(source, (float) alpha, (float) beta, target);
        mergeVector(source + VECTOR, (float) alpha, (float) beta, target + VECTOR);
      } else {
        mergeElements(source, width, (float) alpha, (float) beta, target);
      }
    }
  }

  private static void mergeVector(long from, float alpha, float beta, long to) {
    FloatVector product = FloatVector.fromMemorySegment(S, ALL, from, ORDER).mul(alpha);
    if (beta != 0) {
      product = product.add(FloatVector.fromMemorySegment(S, ALL, to, ORDER).mul(beta));
    }
    product.intoMemorySegment(ALL, to, ORDER);
  }

  private static void mergeElements(long from, int count, float alpha, float beta, long to) {
    for (int j = 0; j < count; j++) {
      float product = ALL.get(ELEMENT, from + j * 4L) * alpha;
      if (beta != 0) {
        product += ALL.get(ELEMENT, to + j * 4L) * beta;
      }
      ALL.set(ELEMENT, to + j * 4L, product);
    }
  }

  @Override
  void packPanels(
      long from, long lineBytes, long stepBytes, int lines, int width, int depth, long to) {
    int whole = stepBytes != elementBytes && width == columns ? lines / width : 0;
    copyPanels(from, stepBytes, whole, to, depth);
    int done = whole * width;
    if (done < lines) {
      long target = to + (long) done * depth * elementBytes;
      super.packPanels(
          from + done * lineBytes, lineBytes, stepBytes, lines - done, width, depth, target);
    }
  }

  private static void copyPanels(long from, long stepBytes, int panels, long to, int depth) {
    long panelBytes = depth * STEP_B;
    for (int p = 0; p < depth; p++) {
      long source = from + p * stepBytes;
      long target = to + p * STEP_B;
      for (int panel = 0; panel < panels; panel++) {
        FloatVector first = FloatVector.fromMemorySegment(S, ALL, source, ORDER);
        FloatVector second = FloatVector.fromMemorySegment(S, ALL, source + VECTOR, ORDER);
        first.intoMemorySegment(ALL, target, ORDER);
        second.intoMemorySegment(ALL, target + VECTOR, ORDER);
        source += STEP_B;
        target += panelBytes;
      }
    }
  }

  @Override
  void packLines(long from, long lineBytes, int lines, int width, int depth, long to) {
    int line = 0;
    for (; line + 1 < lines; line += 2) {
      long source = from + line * lineBytes;
      packPair(source, source + lineBytes, depth, to + line * 4L, width * 4L);
    }
    for (; line < width; line++) {
      long source = line < lines ? from + line * lineBytes : 0;
      copyLine(source, 4, to + line * 4L, width * 4L, depth);
    }
  }

  /** Two lines side by side, two elements of each at once. */
  private static void packPair(long first, long second, int depth, long to, long toStep) {
    int even = depth & -2;
    for (int p = 0; p < even; p += 2) {
      long x = ALL.get(PAIR, first + p * 4L);
      long y = ALL.get(PAIR, second + p * 4L);
      long target = to + p * toStep;
      ALL.set(PAIR, target, (x & LOW) | (y << Integer.SIZE));
      ALL.set(PAIR, target + toStep, (x >>> Integer.SIZE) | (y & ~LOW));
    }
    if (even < depth) {
      long target = to + even * toStep;
      ALL.set(ELEMENT, target, ALL.get(ELEMENT, first + even * 4L));
      ALL.set(ELEMENT, target + 4, ALL.get(ELEMENT, second + even * 4L));
    }
  }

  @Override
  void packSteps(long from, long stepBytes, int lines, int width, int depth, long to) {
    if (lines == ROWS && width == ROWS) {
      copySix(from, stepBytes, to, depth);
      return;
    }
    int whole = lines & -S.length();
    for (int line = 0; line < whole; line += S.length()) {
      copySteps(from + line * 4L, stepBytes, to + line * 4L, width * 4L, depth);
    }
    for (int line = whole; line < width; line++) {
      long source = line < lines ? from + line * 4L : 0;
      copyLine(source, stepBytes, to + line * 4L, width * 4L, depth);
    }
  }

  private static void copySix(long from, long fromStep, long to, int depth) {
    for (int p = 0; p < depth; p++) {
      long source = from + p * fromStep;
      long target = to + p * STEP_A;
      ALL.set(PAIR, target, ALL.get(PAIR, source));
      ALL.set(PAIR, target + 8, ALL.get(PAIR, source + 8));
      ALL.set(PAIR, target + 16, ALL.get(PAIR, source + 16));
    }
  }

  private static void copySteps(long from, long fromStep, long to, long toStep, int depth) {
    for (int p = 0; p < depth; p++) {
      FloatVector.fromMemorySegment(S, ALL, from + p * fromStep, ORDER)
          .intoMemorySegment(ALL, to + p * toStep, ORDER);
    }
  }

  /** One element of each step; zeros where the address is 0. */
  private static void copyLine(long from, long fromStep, long to, long toStep, int depth) {
    for (int p = 0; p < depth; p++) {
      ALL.set(ELEMENT, to + p * toStep, from == 0 ? 0 : ALL.get(ELEMENT, from + p * fromStep));
    }
  }
}
