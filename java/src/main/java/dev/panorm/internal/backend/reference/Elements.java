package dev.panorm.internal.backend.reference;

import dev.panorm.DType;
import dev.panorm.Tensor;
import dev.panorm.internal.memory.Memory;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** The elements of a retained tensor as float64, whatever their floating-point type. */
final class Elements {

  private final long address;
  private final boolean wide;

  private Elements(long address, DType dtype) {
    this.address = address;
    this.wide = dtype == DType.FLOAT64;
  }

  /** Returns the elements for reading. */
  static Elements read(Tensor tensor) {
    return new Elements(tensor.readAddress(), tensor.dtype());
  }

  /** As {@link #read}; null where there is no tensor. */
  static @Nullable Elements readOptional(@Nullable Tensor tensor) {
    return tensor == null ? null : read(tensor);
  }

  /** Returns the elements for writing all of them. */
  static Elements write(Tensor tensor) {
    return new Elements(tensor.writeAddress(), tensor.dtype());
  }

  /** As {@link #write}; null where there is no tensor. */
  static @Nullable Elements writeOptional(@Nullable Tensor tensor) {
    return tensor == null ? null : write(tensor);
  }

  /** Returns the elements for reading and writing. */
  static Elements update(Tensor tensor) {
    return new Elements(tensor.updateAddress(), tensor.dtype());
  }

  double get(long position) {
    return wide
        ? Memory.ALL.get(ValueLayout.JAVA_DOUBLE, address + position * Double.BYTES)
        : Memory.ALL.get(ValueLayout.JAVA_FLOAT, address + position * Float.BYTES);
  }

  void set(long position, double value) {
    if (wide) {
      Memory.ALL.set(ValueLayout.JAVA_DOUBLE, address + position * Double.BYTES, value);
    } else {
      Memory.ALL.set(ValueLayout.JAVA_FLOAT, address + position * Float.BYTES, (float) value);
    }
  }

  /** Returns a value as it would be stored. */
  double rounded(double value) {
    return wide ? value : (float) value;
  }
}
