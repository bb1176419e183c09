package dev.panorm.internal.backend.vector;

import dev.panorm.internal.memory.Memory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
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
  void packLines(long from, long lineBytes, int lines, int width, int depth, long to) {
    long toStep = width * 4L;
    for (int line = 0; line < lines; line++) {
      long source = from + line * lineBytes;
      long target = to + line * 4L;
      for (int p = 0; p < depth; p++) {
        ALL.set(ELEMENT, target + p * toStep, ALL.get(ELEMENT, source + p * 4L));
      }
    }
    for (int line = lines; line < width; line++) {
      long target = to + line * 4L;
      for (int p = 0; p < depth; p++) {
        ALL.set(ELEMENT, target + p * toStep, 0);
      }
    }
  }

  @Override
  void packSteps(long from, long stepBytes, int lines, int width, int depth, long to) {
    for (int line = 0; line < width; line += S.length()) {
      long source = from + line * 4L;
      long target = to + line * 4L;
      if (lines - line >= S.length()) {
        copySteps(source, stepBytes, target, width * 4L, depth);
      } else {
        VectorMask<Float> real = S.indexInRange(line, lines);
        VectorMask<Float> all = S.indexInRange(line, width);
        copySteps(source, stepBytes, real, target, width * 4L, all, depth);
      }
    }
  }

  private static void copySteps(long from, long fromStep, long to, long toStep, int depth) {
    for (int p = 0; p < depth; p++) {
      FloatVector.fromMemorySegment(S, ALL, from + p * fromStep, ORDER)
          .intoMemorySegment(ALL, to + p * toStep, ORDER);
    }
  }

  private static void copySteps(
      long from,
      long fromStep,
      VectorMask<Float> real,
      long to,
      long toStep,
      VectorMask<Float> all,
      int depth) {
    for (int p = 0; p < depth; p++) {
      FloatVector.fromMemorySegment(S, ALL, from + p * fromStep, ORDER, real)
          .intoMemorySegment(ALL, to + p * toStep, ORDER, all);
    }
  }
}
