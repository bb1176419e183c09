package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.BYTES;
import static dev.panorm.internal.backend.vector.Lanes.store;

import dev.panorm.Activation;
import dev.panorm.backend.Binary;
import dev.panorm.internal.memory.Memory;

/** Elementwise steps around a norm, on blocks that are still in cache. */
final class BlockKernels {

  private static final MapLoop ADD = BinaryLoops.of(Binary.ADD);
  private static final long F4 = Float.BYTES;

  private BlockKernels() {}

  static void zeroWide(long y, long length) {
    for (long i = 0; i < length; i++) {
      Lanes.setWide(y + i * Double.BYTES, 0);
    }
  }

  /** y := y + a, float64. */
  static void addWide(long y, long a, long length) {
    long full = (length - length % Lanes.DOUBLES) * Double.BYTES;
    for (long i = 0; i < full; i += BYTES) {
      store(Lanes.loadWide(y + i).add(Lanes.loadWide(a + i)), y + i);
    }
    for (long i = full; i < length * Double.BYTES; i += Double.BYTES) {
      Lanes.setWide(y + i, Lanes.getWide(y + i) + Lanes.getWide(a + i));
    }
  }

  /** wide := wide + sums, float64 and float32. */
  static void addNarrow(long sums, long wide, long length) {
    long full = (length - length % Lanes.DOUBLES) * F4;
    for (long i = 0; i < full; i += Lanes.DOUBLES * F4) {
      long to = wide + 2 * i;
      store(Lanes.loadWide(to).add(Lanes.loadWidened(sums + i)), to);
    }
    for (long i = full; i < length * F4; i += F4) {
      Lanes.setWide(wide + 2 * i, Lanes.getWide(wide + 2 * i) + Lanes.get(sums + i));
    }
  }

  static void copy(long x, long y, long length) {
    Memory.copy(x, y, length * F4);
  }

  /** y = a + b; y may be either. */
  static void add(long a, long b, long y, long length) {
    for (long i = 0; i < length; i += Partition.PIECE) {
      long at = i * F4;
      ADD.two(a + at, b + at, y + at, (int) Math.min(Partition.PIECE, length - i), 0, 0);
    }
  }

  /**
   * What the loops in C do at the end of a norm.
   *
   * @param after what is added to y, or 0
   */
  static void end(long y, long after, Activation activation, int length) {
    if (after != 0) {
      add(y, after, y, length);
    }
    if (activation != Activation.IDENTITY) {
      activate(activation, y, length);
    }
  }

  /** z := activation(z). */
  static void activate(Activation activation, long z, int length) {
    ActivationLoops.ofValue(activation).one(z, z, length, 0, 0);
  }

  /** dz = dy · activation'(z); dz may be either. */
  static void gradient(Activation activation, long dy, long z, long dz, int length) {
    ActivationLoops.ofGradient(activation).two(z, dy, dz, length, 0, 0);
  }
}
