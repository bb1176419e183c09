package dev.panorm.internal.backend.reference;

import dev.panorm.internal.memory.Memory;
import java.lang.foreign.ValueLayout;

/** Elements of int64 tensors by their absolute address. */
final class Indices {

  private Indices() {}

  static long get(long address, long position) {
    return Memory.ALL.get(ValueLayout.JAVA_LONG, address + position * Long.BYTES);
  }

  static void set(long address, long position, long index) {
    Memory.ALL.set(ValueLayout.JAVA_LONG, address + position * Long.BYTES, index);
  }
}
