package dev.panorm;

import dev.panorm.internal.memory.Memory;
import java.lang.foreign.ValueLayout;
import java.util.function.LongToDoubleFunction;

/**
 * Single elements at absolute addresses, converted to and from float64; for copies, not for
 * kernels.
 */
final class ElementAccess {

  static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
  static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED;
  static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED;

  private ElementAccess() {}

  static double load(DType dtype, long address, long position) {
    return switch (dtype) {
      case FLOAT32 -> Memory.ALL.get(F32, address + position * Float.BYTES);
      case FLOAT64 -> Memory.ALL.get(F64, address + position * Double.BYTES);
      case INT64 -> Memory.ALL.get(I64, address + position * Long.BYTES);
    };
  }

  static void storeAll(DType dtype, long address, long elements, LongToDoubleFunction values) {
    switch (dtype) {
      case FLOAT32 -> {
        for (long i = 0; i < elements; i++) {
          Memory.ALL.set(F32, address + i * Float.BYTES, (float) values.applyAsDouble(i));
        }
      }
      case FLOAT64 -> {
        for (long i = 0; i < elements; i++) {
          Memory.ALL.set(F64, address + i * Double.BYTES, values.applyAsDouble(i));
        }
      }
      case INT64 -> {
        for (long i = 0; i < elements; i++) {
          Memory.ALL.set(I64, address + i * Long.BYTES, (long) values.applyAsDouble(i));
        }
      }
    }
  }

  /** As {@link #storeAll} with the same value for all, without an object that returns it. */
  static void fill(DType dtype, long address, long elements, double value) {
    switch (dtype) {
      case FLOAT32 -> {
        for (long i = 0; i < elements; i++) {
          Memory.ALL.set(F32, address + i * Float.BYTES, (float) value);
        }
      }
      case FLOAT64 -> {
        for (long i = 0; i < elements; i++) {
          Memory.ALL.set(F64, address + i * Double.BYTES, value);
        }
      }
      case INT64 -> {
        for (long i = 0; i < elements; i++) {
          Memory.ALL.set(I64, address + i * Long.BYTES, (long) value);
        }
      }
    }
  }
}
