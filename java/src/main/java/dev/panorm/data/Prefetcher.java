package dev.panorm.data;

import dev.panorm.Scope;
import dev.panorm.internal.check.Check;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Makes the next batches in the background while the present one is used.
 *
 * <p>Batches come in the order of their numbers, and each is what its maker makes of its number, so
 * that an epoch is the same with or without prefetching, for any number of threads. Each batch
 * lives in a scope of its own until the next one is asked for. At most {@code ahead} batches are
 * ready or being made, besides the one in use.
 *
 * {@snippet :
 * try (Prefetcher<Tensor> batches = Prefetcher.of(100, 2, 4, (number, scope) -> make(number, scope))) {
 *   while (batches.hasNext()) {
 *     train(batches.next());
 *   }
 * }
 * }
 *
 * <p>For one consumer; {@link #close} may come from any thread but a maker's.
 *
 * @param <B> what a batch is
 */
public final class Prefetcher<B> implements Iterator<B>, AutoCloseable {

  private final int count;
  private final int ahead;
  private final Maker<B> maker;
  private final List<Thread> threads = new ArrayList<>();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition made = lock.newCondition();
  private final Condition room = lock.newCondition();

  /** Batch n, once it is made, at n modulo {@link #ahead}. */
  private final List<@Nullable Outcome<B>> ready = new ArrayList<>();

  private int nextToMake;
  private int nextToTake;
  private @Nullable Scope inUse;
  private boolean closed;

  private Prefetcher(int count, int ahead, Maker<B> maker) {
    this.count = count;
    this.ahead = ahead;
    this.maker = maker;
    for (int i = 0; i < ahead; i++) {
      ready.add(null);
    }
  }

  /**
   * Makes a batch of its number.
   *
   * @param <B> what a batch is
   */
  @FunctionalInterface
  public interface Maker<B> {

    /**
     * Makes a batch; called by several threads at once, once for each number, starting in order.
     *
     * @param number from 0
     * @param scope where the batch's tensors are born; lives as long as the batch
     */
    B make(int number, Scope scope);
  }

  /** What came of making a batch. */
  private sealed interface Outcome<B> {}

  private record Made<B>(B batch, Scope scope) implements Outcome<B> {}

  private record Failed<B>(Throwable thrown) implements Outcome<B> {}

  /**
   * Starts to make batches 0 to {@code count} − 1.
   *
   * @param threads how many make batches, 1 or more
   * @param ahead how many batches may wait or be in making, 1 or more; fewer than threads leave
   *     some idle
   * @throws IllegalArgumentException if a number is too small; no thread is started
   */
  public static <B> Prefetcher<B> of(int count, int threads, int ahead, Maker<B> maker) {
    Check.that(count >= 0, "Prefetcher.of", "count", count, "0 or more");
    Check.that(threads >= 1, "Prefetcher.of", "threads", threads, "1 or more");
    Check.that(ahead >= 1, "Prefetcher.of", "ahead", ahead, "1 or more");
    Prefetcher<B> prefetcher = new Prefetcher<>(count, ahead, maker);
    prefetcher.start(threads);
    return prefetcher;
  }

  private void start(int number) {
    for (int i = 0; i < number; i++) {
      threads.add(
          Thread.ofPlatform().daemon().name("panorm-prefetch-" + i).start(this::makeBatches));
    }
  }

  /** Returns whether {@link #next} has a batch to give; it does not wait. */
  @Override
  public boolean hasNext() {
    lock.lock();
    try {
      return !closed && nextToTake < count;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends the batch that was given last and returns the next one, waiting for it where it is not
   * ready.
   *
   * <p>What the maker threw at this batch is thrown here, and the prefetcher is closed.
   *
   * @throws NoSuchElementException if all batches were given
   * @throws IllegalStateException if it is closed
   * @throws CancellationException if this thread is interrupted while it waits
   */
  @Override
  public B next() {
    return switch (take()) {
      case Made<B> made -> made.batch();
      case Failed<B> failed -> {
        close();
        throw unchecked(failed.thrown());
      }
    };
  }

  private Outcome<B> take() {
    lock.lock();
    try {
      checkOpen();
      if (nextToTake == count) {
        throw new NoSuchElementException("prefetch: all " + count + " batches were given");
      }
      endBatchInUse();
      int place = nextToTake % ahead;
      Outcome<B> outcome;
      while ((outcome = ready.get(place)) == null) {
        made.await();
        checkOpen();
      }
      ready.set(place, null);
      nextToTake++;
      room.signalAll();
      if (outcome instanceof Made<B> batch) {
        inUse = batch.scope();
      }
      return outcome;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      CancellationException cancelled =
          new CancellationException("prefetch: interrupted while waiting for a batch");
      cancelled.initCause(e);
      throw cancelled;
    } finally {
      lock.unlock();
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("prefetch: it is closed");
    }
  }

  private void endBatchInUse() {
    if (inUse != null) {
      inUse.close();
      inUse = null;
    }
  }

  private static RuntimeException unchecked(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    return (RuntimeException) thrown;
  }

  // --------------------------------------------------------------------------------------------------- in the background

  private void makeBatches() {
    for (int number; (number = claim()) >= 0; ) {
      deliver(number, make(number));
    }
  }

  /** Returns the number of a batch to make once there is room for it, −1 where there is none. */
  private int claim() {
    lock.lock();
    try {
      while (!closed && nextToMake < count && nextToMake - nextToTake >= ahead) {
        room.awaitUninterruptibly();
      }
      return closed || nextToMake == count ? -1 : nextToMake++;
    } finally {
      lock.unlock();
    }
  }

  private Outcome<B> make(int number) {
    Scope scope = Scope.open();
    try {
      return new Made<>(maker.make(number, scope), scope);
    } catch (RuntimeException | Error e) {
      scope.close();
      return new Failed<>(e);
    }
  }

  private void deliver(int number, Outcome<B> outcome) {
    lock.lock();
    try {
      ready.set(number % ahead, outcome);
      made.signal();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends the threads and every batch, also the one in use; a maker at work is interrupted and
   * waited for. A second call does nothing.
   */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      room.signalAll();
      made.signalAll();
    } finally {
      lock.unlock();
    }
    threads.forEach(Thread::interrupt);
    awaitThreads();
    lock.lock();
    try {
      endBatchInUse();
      for (int place = 0; place < ahead; place++) {
        if (ready.set(place, null) instanceof Made<B> batch) {
          batch.scope().close();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private void awaitThreads() {
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
