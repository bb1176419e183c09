package dev.panorm.ffi.openblas;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** Reads and writes elements of either precision, so that one test serves both. */
enum Matrices {
  FLOAT32(Float.BYTES, 0x1p-24) {
    @Override
    double get(MemorySegment segment, long index) {
      return segment.getAtIndex(ValueLayout.JAVA_FLOAT, index);
    }

    @Override
    void set(MemorySegment segment, long index, double value) {
      segment.setAtIndex(ValueLayout.JAVA_FLOAT, index, (float) value);
    }
  },
  FLOAT64(Double.BYTES, 0x1p-53) {
    @Override
    double get(MemorySegment segment, long index) {
      return segment.getAtIndex(ValueLayout.JAVA_DOUBLE, index);
    }

    @Override
    void set(MemorySegment segment, long index, double value) {
      segment.setAtIndex(ValueLayout.JAVA_DOUBLE, index, value);
    }
  };

  final int bytes;

  /** Half the distance of two neighbours near 1: what rounding once may cost. */
  final double unitRoundoff;

  Matrices(int bytes, double unitRoundoff) {
    this.bytes = bytes;
    this.unitRoundoff = unitRoundoff;
  }

  abstract double get(MemorySegment segment, long index);

  abstract void set(MemorySegment segment, long index, double value);

  MemorySegment random(Arena arena, Random random, long elements) {
    MemorySegment segment = arena.allocate(Math.max(1, elements) * bytes, 64);
    for (long i = 0; i < elements; i++) {
      set(segment, i, random.nextDouble() * 2 - 1);
    }
    return segment;
  }
}
