package dev.panorm.internal.random;

/**
 * Philox 4x32-10, a counter-based generator: number {@code index} of a stream follows from (seed,
 * stream, index) alone, so any thread, any backend and any order of drawing gives the same numbers,
 * and a mask need not be stored to be had again.
 *
 * <p>The key is the seed. The counter is the index of a block of four words (low 64 bits) and the
 * stream (high 64 bits). Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy
 * as 1, 2, 3", SC 2011. Stateless; safe in all threads; allocates nothing.
 */
public final class Philox {

  private static final int ROUNDS = 10;
  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final long WORD = 0xFFFFFFFFL;

  private Philox() {}

  /** Returns word {@code index} of a stream: 32 uniform bits. */
  public static int bits(long seed, long stream, long index) {
    long pair = pair(seed, stream, index >>> 2, (int) (index >>> 1) & 1);
    return (int) ((index & 1) == 0 ? pair : pair >>> 32);
  }

  /**
   * Returns number {@code index} of a stream of uniform float32 numbers: multiples of 2^−24 in [0,
   * 1).
   */
  public static float uniformFloat(long seed, long stream, long index) {
    return (bits(seed, stream, index) >>> 8) * 0x1p-24f;
  }

  /**
   * Returns number {@code index} of a stream of uniform float64 numbers: multiples of 2^−53 in [0,
   * 1).
   */
  public static double uniform(long seed, long stream, long index) {
    return toUniform(pair(seed, stream, index >>> 1, (int) index & 1));
  }

  /**
   * Returns number {@code index} of a stream of standard normal numbers, from two uniform ones by
   * Box and Muller (1958).
   *
   * <p>{@link StrictMath} gives the same bits on every machine.
   */
  public static double normal(long seed, long stream, long index) {
    double radius =
        StrictMath.sqrt(-2 * StrictMath.log(1 - toUniform(pair(seed, stream, index >>> 1, 0))));
    double angle = 2 * Math.PI * toUniform(pair(seed, stream, index >>> 1, 1));
    return radius * ((index & 1) == 0 ? StrictMath.cos(angle) : StrictMath.sin(angle));
  }

  /**
   * Returns a whole number below {@code bound}, number {@code index} of its stream; the bias is
   * below bound · 2^−64.
   */
  public static long below(long bound, long seed, long stream, long index) {
    return Math.unsignedMultiplyHigh(pair(seed, stream, index >>> 1, (int) index & 1), bound);
  }

  private static double toUniform(long bits) {
    return (bits >>> 11) * 0x1p-53;
  }

  /** Returns words 0 and 1 (half 0) or 2 and 3 (half 1) of a block, the first in the low bits. */
  static long pair(long seed, long stream, long block, int half) {
    int c0 = (int) block;
    int c1 = (int) (block >>> 32);
    int c2 = (int) stream;
    int c3 = (int) (stream >>> 32);
    int k0 = (int) seed;
    int k1 = (int) (seed >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      long p0 = MULTIPLIER_0 * (c0 & WORD);
      long p1 = MULTIPLIER_1 * (c2 & WORD);
      c0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      c1 = (int) p1;
      c2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c3 = (int) p0;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    return half == 0 ? (c0 & WORD) | ((long) c1 << 32) : (c2 & WORD) | ((long) c3 << 32);
  }
}
