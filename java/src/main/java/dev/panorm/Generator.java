package dev.panorm;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Hands out {@link RandomStream}s of one seed, numbered from 0: the first caller gets stream 0.
 *
 * <p>A program that asks in the same order gets the same numbers. Safe for use by several threads,
 * but then the order is theirs.
 */
public final class Generator {

  private static volatile Generator shared = new Generator(0);

  private final long seed;
  private final AtomicLong next = new AtomicLong();

  /** Creates a generator that starts at stream 0. */
  public Generator(long seed) {
    this.seed = seed;
  }

  /**
   * Returns the generator that is used where none is named; its seed is 0 until {@link
   * #manualSeed}.
   */
  public static Generator shared() {
    return shared;
  }

  /** Makes the shared generator start anew with a seed, PyTorch's {@code manual_seed}. */
  public static void manualSeed(long seed) {
    shared = new Generator(seed);
  }

  /** Returns the seed. */
  public long seed() {
    return seed;
  }

  /** Returns a stream that was not handed out before. */
  public RandomStream next() {
    return new RandomStream(seed, next.getAndIncrement());
  }
}
