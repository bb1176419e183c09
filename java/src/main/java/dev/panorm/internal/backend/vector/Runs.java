package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.broadcast;
import static dev.panorm.internal.backend.vector.Lanes.first;
import static dev.panorm.internal.backend.vector.Lanes.load;
import static dev.panorm.internal.backend.vector.Lanes.store;

import dev.panorm.internal.memory.Memory;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Moves runs of elements, short ones too. Addresses are absolute, lengths in elements, steps in
 * bytes.
 */
final class Runs {

  private static final long F4 = Float.BYTES;

  private Runs() {}

  static void copy(long from, long to, int length) {
    long full = Lanes.fullBytes(length, 1);
    for (long i = 0; i < full; i += Lanes.BYTES) {
      load(from + i).intoMemorySegment(Memory.ALL, to + i, Lanes.ORDER);
    }
    if (full < length * F4) {
      VectorMask<Float> m = first(Lanes.rest(length, full));
      store(load(from + full, m), to + full, m);
    }
  }

  static void fill(float value, long to, long length) {
    FloatVector v = broadcast(value);
    long full = (length - length % Lanes.FLOATS) * F4;
    for (long i = 0; i < full; i += Lanes.BYTES) {
      v.intoMemorySegment(Memory.ALL, to + i, Lanes.ORDER);
    }
    for (long i = full; i < length * F4; i += F4) {
      Lanes.set(to + i, value);
    }
  }

  /** to += from. */
  static void add(long from, long to, int length) {
    long full = Lanes.fullBytes(length, 1);
    for (long i = 0; i < full; i += Lanes.BYTES) {
      load(to + i).add(load(from + i)).intoMemorySegment(Memory.ALL, to + i, Lanes.ORDER);
    }
    if (full < length * F4) {
      VectorMask<Float> m = first(Lanes.rest(length, full));
      store(load(to + full, m).add(load(from + full, m)), to + full, m);
    }
  }

  /** Every step-th element of a run, side by side. */
  static void gather(long from, long step, long to, int length) {
    for (int i = 0; i < length; i++) {
      Lanes.set(to + i * F4, Lanes.get(from + i * step));
    }
  }

  /** Adds elements that stand side by side to every step-th element of a run. */
  static void scatterAdd(long from, long to, long step, int length) {
    for (int i = 0; i < length; i++) {
      Lanes.set(to + i * step, Lanes.get(to + i * step) + Lanes.get(from + i * F4));
    }
  }
}
