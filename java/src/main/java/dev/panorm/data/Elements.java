package dev.panorm.data;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.internal.check.Hold;
import dev.panorm.internal.memory.Memory;
import java.lang.foreign.ValueLayout;

/** Runs of a tensor's elements as float64; the caller holds the tensor and has checked the run. */
final class Elements {

  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED;

  private Elements() {}

  /** Reads as many elements as {@code into} holds, from position {@code from} on. */
  static void load(Tensor tensor, long from, double[] into) {
    long address = tensor.readAddress() + from * tensor.dtype().byteSize();
    if (tensor.dtype() == DType.FLOAT32) {
      for (int i = 0; i < into.length; i++) {
        into[i] = Memory.ALL.get(F32, address + (long) i * Float.BYTES);
      }
    } else {
      for (int i = 0; i < into.length; i++) {
        into[i] = Memory.ALL.get(F64, address + (long) i * Double.BYTES);
      }
    }
  }

  /** Writes all of {@code values} at position {@code to}, rounded to the tensor's type. */
  static void store(double[] values, Tensor tensor, long to) {
    long address = tensor.updateAddress() + to * tensor.dtype().byteSize();
    if (tensor.dtype() == DType.FLOAT32) {
      for (int i = 0; i < values.length; i++) {
        Memory.ALL.set(F32, address + (long) i * Float.BYTES, (float) values[i]);
      }
    } else {
      for (int i = 0; i < values.length; i++) {
        Memory.ALL.set(F64, address + (long) i * Double.BYTES, values[i]);
      }
    }
  }

  /** Returns samples with a vector added to each, as [samples, features] of float64. */
  static Tensor shifted(Scope scope, Tensor x, long from, long to, double[] by) {
    Tensor shifted = scope.empty(DType.FLOAT64, to - from, by.length);
    double[] sample = new double[by.length];
    Hold.retain(x, shifted);
    try {
      for (long n = from; n < to; n++) {
        load(x, n * by.length, sample);
        for (int i = 0; i < by.length; i++) {
          sample[i] += by[i];
        }
        store(sample, shifted, (n - from) * by.length);
      }
    } finally {
      Hold.release(x, shifted);
    }
    return shifted;
  }
}
