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
  private static final MemorySegment ALL = Memory.ALL;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final long VECTOR = S.vectorByteSize();
  private static final long STEP_A = ROWS * 4L;
  private static final long STEP_B = 2 * VECTOR;

  FloatGemmTile() {
    super(2 * S.length(), Float.BYTES);
  }

  @Override
  void multiply(int depth, long a, long b, long tile) {
    FloatVector c00 = FloatVector.zero(S);
    FloatVector c01 = c00;
    FloatVector c10 = c00;
    FloatVector c11 = c00;
    FloatVector c20 = c00;
    FloatVector c21 = c00;
    FloatVector c30 = c00;
    FloatVector c31 = c00;
    FloatVector c40 = c00;
    FloatVector c41 = c00;
    FloatVector c50 = c00;
    FloatVector c51 = c00;
    for (int p = 0; p < depth; p++) {
      long atA = a + p * STEP_A;
      long atB = b + p * STEP_B;
      FloatVector b0 = FloatVector.fromMemorySegment(S, ALL, atB, ORDER);
      FloatVector b1 = FloatVector.fromMemorySegment(S, ALL, atB + VECTOR, ORDER);
      FloatVector x = FloatVector.broadcast(S, ALL.get(ELEMENT, atA));
      c00 = x.fma(b0, c00);
      c01 = x.fma(b1, c01);
      x = FloatVector.broadcast(S, ALL.get(ELEMENT, atA + 4));
      c10 = x.fma(b0, c10);
      c11 = x.fma(b1, c11);
      x = FloatVector.broadcast(S, ALL.get(ELEMENT, atA + 8));
      c20 = x.fma(b0, c20);
      c21 = x.fma(b1, c21);
      x = FloatVector.broadcast(S, ALL.get(ELEMENT, atA + 12));
      c30 = x.fma(b0, c30);
      c31 = x.fma(b1, c31);
      x = FloatVector.broadcast(S, ALL.get(ELEMENT, atA + 16));
      c40 = x.fma(b0, c40);
      c41 = x.fma(b1, c41);
      x = FloatVector.broadcast(S, ALL.get(ELEMENT, atA + 20));
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
  void pack(long from, long lineBytes, long stepBytes, int lines, int width, int depth, long to) {
    if (lines == columns && width == columns && lineBytes == Float.BYTES) {
      packVectors(from, stepBytes, depth, to);
      return;
    }
    long toStep = width * 4L;
    for (int line = 0; line < width; line++) {
      long source = from + line * lineBytes;
      long target = to + line * 4L;
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
      FloatVector.fromMemorySegment(S, ALL, source, ORDER).intoMemorySegment(ALL, target, ORDER);
      FloatVector.fromMemorySegment(S, ALL, source + VECTOR, ORDER)
          .intoMemorySegment(ALL, target + VECTOR, ORDER);
    }
  }
}
