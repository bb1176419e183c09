package dev.panorm.internal.parallel;

import dev.panorm.ffi.ThreadProcessors;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A thread of the pool: waits actively for the next operation for a while, then sleeps. */
final class Worker {

  private final WorkerPool pool;

  /** Its number among the threads of an operation, of which the caller is number 0. */
  private final int number;

  private final Thread thread;
  private volatile @Nullable ThreadProcessors processors;
  private volatile boolean asleep;

  /** The processor that it is kept off. */
  private int keptOff = ThreadProcessors.UNKNOWN;

  Worker(WorkerPool pool, int number) {
    this.pool = pool;
    this.number = number;
    long seen = pool.operation();
    thread =
        Thread.ofPlatform().daemon().name("panorm-worker-" + number).unstarted(() -> serve(seen));
  }

  void start() {
    thread.start();
  }

  /** Keeps it off a processor; the holder of the pool calls. */
  void keepOff(int processor) {
    ThreadProcessors mine = processors;
    if (processor != keptOff && mine != null) {
      mine.keepOff(processor);
      keptOff = processor;
    }
  }

  /** Wakes it, if it sleeps, for the operation that has just been opened. */
  void wake() {
    if (asleep) {
      LockSupport.unpark(thread);
    }
  }

  private void serve(long first) {
    processors = ThreadProcessors.ofThisThread();
    long seen = first;
    while (true) {
      seen = awaitNext(seen);
      pool.help(seen, number);
    }
  }

  private long awaitNext(long seen) {
    long now;
    for (int spins = 0; (now = pool.operation()) == seen; spins++) {
      if (spins < WorkerPool.SPINS) {
        Thread.onSpinWait();
      } else {
        sleep(seen);
      }
    }
    return now;
  }

  private void sleep(long seen) {
    asleep = true; // before it looks again: whoever opens an operation later sees it
    while (pool.operation() == seen) {
      LockSupport.park(pool);
    }
    asleep = false;
  }
}
