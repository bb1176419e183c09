package dev.panorm.internal.backend.vector;

import dev.panorm.internal.memory.Memory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
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
  void multiply(int depth, long a, long b, long tile) {
    DoubleVector c00 = DoubleVector.zero(S);
    DoubleVector c01 = c00;
    DoubleVector c10 = c00;
    DoubleVector c11 = c00;
    DoubleVector c20 = c00;
    DoubleVector c21 = c00;
    DoubleVector c30 = c00;
    DoubleVector c31 = c00;
    DoubleVector c40 = c00;
    DoubleVector c41 = c00;
    DoubleVector c50 = c00;
    DoubleVector c51 = c00;
    for (int p = 0; p < depth; p++) {
      long atA = a + p * STEP_A;
      long atB = b + p * STEP_B;
      DoubleVector b0 = DoubleVector.fromMemorySegment(S, ALL, atB, ORDER);
      DoubleVector b1 = DoubleVector.fromMemorySegment(S, ALL, atB + VECTOR, ORDER);
      DoubleVector x = DoubleVector.broadcast(S, ALL.get(ELEMENT, atA));
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      x = DoubleVector.broadcast(S, ALL.get(ELEMENT, atA + 8));
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      x = DoubleVector.broadcast(S, ALL.get(ELEMENT, atA + 16));
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      x = DoubleVector.broadcast(S, ALL.get(ELEMENT, atA + 24));
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      x = DoubleVector.broadcast(S, ALL.get(ELEMENT, atA + 32));
      c40 = x.fma(b0, c40);
      c41 = x.fma(b1, c41);
      x = DoubleVector.broadcast(S, ALL.get(ELEMENT, atA + 40));
      c50 = x.fma(b0, c50);
      c51 = x.fma(b1, c51);
    }
    c00.intoMemorySegment(ALL, tile, ORDER);
    c01.intoMemorySegment(ALL, tile + VECTOR, ORDER);
    c10.intoMemorySegment(ALL, tile + STEP_B, ORDER);
    c11.intoMemorySegment(ALL, tile + STEP_B + VECTOR, ORDER);
    c20.intoMemorySegment(ALL, tile + 2 * STEP_B, ORDER);
    c21.intoMemorySegment(ALL, tile + 2 * STEP_B + VECTOR, ORDER);
    c30.intoMemorySegment(ALL, tile + 3 * STEP_B, ORDER);
    c31.intoMemorySegment(ALL, tile + 3 * STEP_B + VECTOR, ORDER);
    c40.intoMemorySegment(ALL, tile + 4 * STEP_B, ORDER);
    c41.intoMemorySegment(ALL, tile + 4 * STEP_B + VECTOR, ORDER);
    c50.intoMemorySegment(ALL, tile + 5 * STEP_B, ORDER);
    c51.intoMemorySegment(ALL, tile + 5 * STEP_B + VECTOR, ORDER);
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
  void pack(long from, long lineBytes, long stepBytes, int lines, int width, int depth, long to) {
    if (lines == columns && width == columns && lineBytes == Double.BYTES) {
      packVectors(from, stepBytes, depth, to);
      return;
    }
    long toStep = width * 8L;
    for (int line = 0; line < width; line++) {
      long source = from + line * lineBytes;
      long target = to + line * 8L;
      boolean real = line < lines;
      for (int p = 0; p < depth; p++) {
        ALL.set(ELEMENT, target + p * toStep, real ? ALL.get(ELEMENT, source + p * stepBytes) : 0);
      }
    }
  }

  private static void packVectors(long from, long stepBytes, int depth, long to) {
    for (int p = 0; p < depth; p++) {
      long source = from + p * stepBytes;
      long target = to + p * STEP_B;
      DoubleVector.fromMemorySegment(S, ALL, source, ORDER).intoMemorySegment(ALL, target, ORDER);
      DoubleVector.fromMemorySegment(S, ALL, source + VECTOR, ORDER)
          .intoMemorySegment(ALL, target + VECTOR, ORDER);
    }
  }
}
