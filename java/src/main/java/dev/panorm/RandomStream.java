package dev.panorm;

import dev.panorm.internal.random.Philox;

/**
 * An endless row of random numbers, each a function of (seed, stream, index) alone: Philox 4x32-10.
 *
 * <p>Numbers may be drawn in any order and by any thread; the same three numbers give the same
 * value on every machine, backend and number of threads. Two streams of one seed have nothing in
 * common. All kinds of numbers come from the same bits: use a stream for one purpose.
 *
 * @param seed names the experiment
 * @param stream names the purpose: a tensor to initialize, the mask of one call
 */
public record RandomStream(long seed, long stream) {

  /** Returns 32 random bits as a number in [0, 2^32). */
  public long word(long index) {
    return Integer.toUnsignedLong(Philox.bits(seed, stream, index));
  }

  /** Returns a number in [0, 1), a multiple of 2^−53. */
  public double uniform(long index) {
    return Philox.uniform(seed, stream, index);
  }

  /** Returns a number drawn from N(0, 1). */
  public double normal(long index) {
    return Philox.normal(seed, stream, index);
  }

  /**
   * Returns a whole number in [0, bound).
   *
   * @throws IllegalArgumentException if the bound is below 1
   */
  public long below(long index, long bound) {
    if (bound < 1) {
      throw new IllegalArgumentException("below: bound is " + bound + ", expected 1 or more");
    }
    return Philox.below(bound, seed, stream, index);
  }

  /** Fills a tensor with uniform numbers of [low, high), element i from index i. */
  public void fillUniform(Tensor tensor, double low, double high) {
    tensor.fill(i -> low + (high - low) * uniform(i));
  }

  /** Fills a tensor with numbers of N(mean, std²), element i from index i. */
  public void fillNormal(Tensor tensor, double mean, double std) {
    tensor.fill(i -> mean + std * normal(i));
  }
}
