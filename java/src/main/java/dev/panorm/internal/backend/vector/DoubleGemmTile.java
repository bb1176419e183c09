package dev.panorm.internal.backend.vector;

import dev.panorm.internal.memory.Memory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** Tiles of float64. */
final class DoubleGemmTile extends GemmTile {

  private static final VectorSpecies<Double> S = Lanes.D;
  private static final ValueLayout.OfDouble ELEMENT = ValueLayout.JAVA_DOUBLE_UNALIGNED;
  private static final MemorySegment ALL = Memory.ALL;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final long VECTOR = S.vectorByteSize();
  private static final long STEP_A = ROWS * 8L;
  private static final long STEP_B = 2 * VECTOR;

  DoubleGemmTile() {
    super(2 * S.length(), Double.BYTES);
  }

  @Override
  void multiply(int depth, long a, long b, long from, long fromRow, long to, long toRow) {
    DoubleVector c00 = DoubleVector.zero(S);
    DoubleVector c01 = DoubleVector.zero(S);
    DoubleVector c10 = DoubleVector.zero(S);
    DoubleVector c11 = DoubleVector.zero(S);
    DoubleVector c20 = DoubleVector.zero(S);
    DoubleVector c21 = DoubleVector.zero(S);
    DoubleVector c30 = DoubleVector.zero(S);
    DoubleVector c31 = DoubleVector.zero(S);
    DoubleVector c40 = DoubleVector.zero(S);
    DoubleVector c41 = DoubleVector.zero(S);
    DoubleVector c50 = DoubleVector.zero(S);
    DoubleVector c51 = DoubleVector.zero(S);
    for (int p = 0; p < depth; p++) {
      long atA = a + p * STEP_A;
      long atB = b + p * STEP_B;
      DoubleVector b0 = DoubleVector.fromMemorySegment(S, ALL, atB, ORDER);
      DoubleVector b1 = DoubleVector.fromMemorySegment(S, ALL, atB + VECTOR, ORDER);
      DoubleVector x = DoubleVector.broadcast(S, ALL.get(ELEMENT, atA));
      c00 = b0.fma(x, c00);
      c01 = b1.fma(x, c01);
      x = DoubleVector.broadcast(S, ALL.get(ELEMENT, atA + 8));
      c10 = b0.fma(x, c10);
      c11 = b1.fma(x, c11);
      x = DoubleVector.broadcast(S, ALL.get(ELEMENT, atA + 16));
      c20 = b0.fma(x, c20);
      c21 = b1.fma(x, c21);
      x = DoubleVector.broadcast(S, ALL.get(ELEMENT, atA + 24));
      c30 = b0.fma(x, c30);
      c31 = b1.fma(x, c31);
      x = DoubleVector.broadcast(S, ALL.get(ELEMENT, atA + 32));
      c40 = b0.fma(x, c40);
      c41 = b1.fma(x, c41);
      x = DoubleVector.broadcast(S, ALL.get(ELEMENT, atA + 40));
      c50 = b0.fma(x, c50);
      c51 = b1.fma(x, c51);
    }
    c00.add(DoubleVector.fromMemorySegment(S, ALL, from, ORDER)).intoMemorySegment(ALL, to, ORDER);
    c01.add(DoubleVector.fromMemorySegment(S, ALL, from + VECTOR, ORDER))
        .intoMemorySegment(ALL, to + VECTOR, ORDER);
    c10.add(DoubleVector.fromMemorySegment(S, ALL, from + fromRow, ORDER))
        .intoMemorySegment(ALL, to + toRow, ORDER);
    c11.add(DoubleVector.fromMemorySegment(S, ALL, from + fromRow + VECTOR, ORDER))
        .intoMemorySegment(ALL, to + toRow + VECTOR, ORDER);
    c20.add(DoubleVector.fromMemorySegment(S, ALL, from + 2 * fromRow, ORDER))
        .intoMemorySegment(ALL, to + 2 * toRow, ORDER);
    c21.add(DoubleVector.fromMemorySegment(S, ALL, from + 2 * fromRow + VECTOR, ORDER))
        .intoMemorySegment(ALL, to + 2 * toRow + VECTOR, ORDER);
    c30.add(DoubleVector.fromMemorySegment(S, ALL, from + 3 * fromRow, ORDER))
        .intoMemorySegment(ALL, to + 3 * toRow, ORDER);
    c31.add(DoubleVector.fromMemorySegment(S, ALL, from + 3 * fromRow + VECTOR, ORDER))
        .intoMemorySegment(ALL, to + 3 * toRow + VECTOR, ORDER);
    c40.add(DoubleVector.fromMemorySegment(S, ALL, from + 4 * fromRow, ORDER))
        .intoMemorySegment(ALL, to + 4 * toRow, ORDER);
    c41.add(DoubleVector.fromMemorySegment(S, ALL, from + 4 * fromRow + VECTOR, ORDER))
        .intoMemorySegment(ALL, to + 4 * toRow + VECTOR, ORDER);
    c50.add(DoubleVector.fromMemorySegment(S, ALL, from + 5 * fromRow, ORDER))
        .intoMemorySegment(ALL, to + 5 * toRow, ORDER);
    c51.add(DoubleVector.fromMemorySegment(S, ALL, from + 5 * fromRow + VECTOR, ORDER))
        .intoMemorySegment(ALL, to + 5 * toRow + VECTOR, ORDER);
  }

  @Override
  void merge(long tile, int rows, int width, double alpha, double beta, long c, long rowBytes) {
    for (int i = 0; i < rows; i++) {
      long source = tile + i * STEP_B;
      long target = c + i * rowBytes;
      if (width == columns) {
        mergeVector(source, alpha, beta, target);
        mergeVector(source + VECTOR, alpha, beta, target + VECTOR);
      } else {
        mergeElements(source, width, alpha, beta, target);
      }
    }
  }

  private static void mergeVector(long from, double alpha, double beta, long to) {
    DoubleVector product = DoubleVector.fromMemorySegment(S, ALL, from, ORDER).mul(alpha);
    if (beta != 0) {
      product = product.add(DoubleVector.fromMemorySegment(S, ALL, to, ORDER).mul(beta));
    }
    product.intoMemorySegment(ALL, to, ORDER);
  }

  private static void mergeElements(long from, int count, double alpha, double beta, long to) {
    for (int j = 0; j < count; j++) {
      double product = ALL.get(ELEMENT, from + j * 8L) * alpha;
      if (beta != 0) {
        product += ALL.get(ELEMENT, to + j * 8L) * beta;
      }
      ALL.set(ELEMENT, to + j * 8L, product);
    }
  }

  @Override
  void packLines(long from, long lineBytes, int lines, int width, int depth, long to) {
    long toStep = width * 8L;
    for (int line = 0; line < lines; line++) {
      long source = from + line * lineBytes;
      long target = to + line * 8L;
      for (int p = 0; p < depth; p++) {
        ALL.set(ELEMENT, target + p * toStep, ALL.get(ELEMENT, source + p * 8L));
      }
    }
    for (int line = lines; line < width; line++) {
      long target = to + line * 8L;
      for (int p = 0; p < depth; p++) {
        ALL.set(ELEMENT, target + p * toStep, 0);
      }
    }
  }

  @Override
  void packSteps(long from, long stepBytes, int lines, int width, int depth, long to) {
    for (int line = 0; line < width; line += S.length()) {
      long source = from + line * 8L;
      long target = to + line * 8L;
      if (lines - line >= S.length()) {
        copySteps(source, stepBytes, target, width * 8L, depth);
      } else {
        VectorMask<Double> real = S.indexInRange(line, lines);
        VectorMask<Double> all = S.indexInRange(line, width);
        copySteps(source, stepBytes, real, target, width * 8L, all, depth);
      }
    }
  }

  private static void copySteps(long from, long fromStep, long to, long toStep, int depth) {
    for (int p = 0; p < depth; p++) {
      DoubleVector.fromMemorySegment(S, ALL, from + p * fromStep, ORDER)
          .intoMemorySegment(ALL, to + p * toStep, ORDER);
    }
  }

  private static void copySteps(
      long from,
      long fromStep,
      VectorMask<Double> real,
      long to,
      long toStep,
      VectorMask<Double> all,
      int depth) {
    for (int p = 0; p < depth; p++) {
      DoubleVector.fromMemorySegment(S, ALL, from + p * fromStep, ORDER, real)
          .intoMemorySegment(ALL, to + p * toStep, ORDER, all);
    }
  }
}
