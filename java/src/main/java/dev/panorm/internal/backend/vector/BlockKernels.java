package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.FLOATS;
import static dev.panorm.internal.backend.vector.Lanes.bound;
import static dev.panorm.internal.backend.vector.Lanes.first;
import static dev.panorm.internal.backend.vector.Lanes.load;
import static dev.panorm.internal.backend.vector.Lanes.store;

import dev.panorm.Activation;
import dev.panorm.internal.backend.cpu.ActivationMath;
import dev.panorm.internal.memory.Memory;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Elementwise steps around a norm, on blocks that are still in cache. */
final class BlockKernels {

  private static final long F4 = Float.BYTES;

  private BlockKernels() {}

  static void zeroWide(long y, long length) {
    for (long i = 0; i < length; i++) {
      Lanes.setWide(y + i * Double.BYTES, 0);
    }
  }

  /** y := y + a, float64. */
  static void addWide(long y, long a, long length) {
    long full = length - length % Lanes.DOUBLES;
    for (long i = 0; i < full; i += Lanes.DOUBLES) {
      long at = i * Double.BYTES;
      store(Lanes.loadWide(y + at).add(Lanes.loadWide(a + at)), y + at);
    }
    for (long i = full; i < length; i++) {
      long at = i * Double.BYTES;
      Lanes.setWide(y + at, Lanes.getWide(y + at) + Lanes.getWide(a + at));
    }
  }

  static void fill(long y, long length, float value) {
    for (long i = 0; i < length; i++) {
      Lanes.set(y + i * F4, value);
    }
  }

  static void copy(long x, long y, long length) {
    Memory.copy(x, y, length * F4);
  }

  /** y = a + b; y may be either. */
  static void add(long a, long b, long y, long length) {
    for (long i = 0; i < length; i += Partition.PIECE) {
      long at = i * F4;
      addPiece(a + at, b + at, y + at, (int) Math.min(Partition.PIECE, length - i));
    }
  }

  private static void addPiece(long a, long b, long y, int length) {
    int full = bound(length);
    for (int i = 0; i < full; i += FLOATS) {
      store(load(a + i * F4).add(load(b + i * F4)), y + i * F4);
    }
    if (full < length) {
      VectorMask<Float> m = first(length - full);
      store(load(a + full * F4, m).add(load(b + full * F4, m)), y + full * F4, m);
    }
  }

  /** z := activation(z). */
  static void activate(Activation activation, long z, int length) {
    if (activation == Activation.RELU) {
      relu(z, length);
    } else {
      for (int i = 0; i < length; i++) {
        long at = z + i * F4;
        Lanes.set(at, (float) ActivationMath.value(activation, Lanes.get(at)));
      }
    }
  }

  /** dz = dy · activation'(z); dz may be either. */
  static void gradient(Activation activation, long dy, long z, long dz, int length) {
    if (activation == Activation.RELU) {
      reluGradient(dy, z, dz, length);
    } else {
      for (int i = 0; i < length; i++) {
        long at = i * F4;
        double slope = ActivationMath.slope(activation, Lanes.get(z + at));
        Lanes.set(dz + at, (float) (Lanes.get(dy + at) * slope));
      }
    }
  }

  private static void relu(long z, int length) {
    int full = bound(length);
    for (int i = 0; i < full; i += FLOATS) {
      store(load(z + i * F4).max(0), z + i * F4);
    }
    if (full < length) {
      VectorMask<Float> m = first(length - full);
      store(load(z + full * F4, m).max(0), z + full * F4, m);
    }
  }

  private static void reluGradient(long dy, long z, long dz, int length) {
    int full = bound(length);
    for (int i = 0; i < full; i += FLOATS) {
      store(passed(load(dy + i * F4), load(z + i * F4)), dz + i * F4);
    }
    if (full < length) {
      VectorMask<Float> m = first(length - full);
      store(passed(load(dy + full * F4, m), load(z + full * F4, m)), dz + full * F4, m);
    }
  }

  /** dy where z is above 0 or NaN, else 0. */
  private static FloatVector passed(FloatVector dy, FloatVector z) {
    return dy.blend(0, z.compare(VectorOperators.LE, 0));
  }
}
