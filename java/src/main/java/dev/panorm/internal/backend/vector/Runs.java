package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.FLOATS;
import static dev.panorm.internal.backend.vector.Lanes.bound;
import static dev.panorm.internal.backend.vector.Lanes.broadcast;
import static dev.panorm.internal.backend.vector.Lanes.first;
import static dev.panorm.internal.backend.vector.Lanes.load;
import static dev.panorm.internal.backend.vector.Lanes.store;

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
    int full = bound(length);
    for (int i = 0; i < full; i += FLOATS) {
      store(load(from + i * F4), to + i * F4);
    }
    if (full < length) {
      VectorMask<Float> m = first(length - full);
      store(load(from + full * F4, m), to + full * F4, m);
    }
  }

  static void fill(float value, long to, int length) {
    FloatVector v = broadcast(value);
    int full = bound(length);
    for (int i = 0; i < full; i += FLOATS) {
      store(v, to + i * F4);
    }
    if (full < length) {
      store(v, to + full * F4, first(length - full));
    }
  }

  /** to += from. */
  static void add(long from, long to, int length) {
    int full = bound(length);
    for (int i = 0; i < full; i += FLOATS) {
      store(load(to + i * F4).add(load(from + i * F4)), to + i * F4);
    }
    if (full < length) {
      VectorMask<Float> m = first(length - full);
      store(load(to + full * F4, m).add(load(from + full * F4, m)), to + full * F4, m);
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
