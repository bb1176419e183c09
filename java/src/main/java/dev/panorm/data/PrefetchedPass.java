package dev.panorm.data;

import dev.panorm.Scope;
import dev.panorm.internal.check.Check;

/**
 * A pass whose next batches are made in the background while the present one is used: the same
 * batches, in the same order. They can be had once, one after another.
 *
 * {@snippet :
 * Pass images = new AugmentedPass(batches.epoch(0), augmentation, 42);
 * try (PrefetchedPass ahead = PrefetchedPass.of(images, 1, 2)) {
 *   trainer.epoch(ahead);
 * }
 * }
 */
public final class PrefetchedPass implements Pass, AutoCloseable {

  private final Pass pass;
  private final Prefetcher<Dataset> ahead;
  private int next;

  private PrefetchedPass(Pass pass, Prefetcher<Dataset> ahead) {
    this.pass = pass;
    this.ahead = ahead;
  }

  /**
   * Starts to make the batches of a pass.
   *
   * @param threads how many make batches, 1 or more
   * @param ahead how many batches may wait or be in making, 1 or more
   */
  public static PrefetchedPass of(Pass pass, int threads, int ahead) {
    return new PrefetchedPass(pass, Prefetcher.of(pass.count(), threads, ahead, pass::batch));
  }

  @Override
  public long number() {
    return pass.number();
  }

  @Override
  public int count() {
    return pass.count();
  }

  /**
   * Returns the next batch, waiting for it where it is not ready.
   *
   * @param index one more than at the last call
   */
  @Override
  public Dataset batch(int index, Scope scope) {
    Check.that(index == next, "PrefetchedPass.batch", "index", index, next + ", the next one");
    Dataset batch = ahead.next();
    next++;
    return new Dataset(
        scope.copyOf(batch.inputs()), scope.copyOf(batch.targets()), batch.classes());
  }

  /** Ends the threads and the batches that nobody took, see {@link Prefetcher#close}. */
  @Override
  public void close() {
    ahead.close();
  }
}
