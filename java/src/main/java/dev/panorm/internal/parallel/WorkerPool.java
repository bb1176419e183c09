package dev.panorm.internal.parallel;

import dev.panorm.Panorm;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Runs the parts of one operation on several threads.
 *
 * <p>How work is cut into parts follows from its shape alone, never from the number of threads, so
 * that results are the same bits for any number; which thread takes which part is open. The calling
 * thread works too. One operation runs in the pool at a time: a second caller does all of its parts
 * itself, which is as fast, since the processors are busy.
 */
public final class WorkerPool {

  private static final WorkerPool SHARED = new WorkerPool();

  /**
   * About 20 µs: longer than the gap between two operations of a training step, shorter than
   * anybody notices.
   */
  private static final int SPINS = 2_000;

  private final ReentrantLock busy = new ReentrantLock();
  private final AtomicInteger nextPart = new AtomicInteger();
  private final AtomicInteger pending = new AtomicInteger();
  private Thread[] workers = new Thread[0];

  /**
   * Number of the present operation, times 2^16, plus how many workers it wants: one word, so that
   * a late worker sees both or none.
   */
  private volatile long ticket;

  private volatile int parts;
  private volatile @Nullable PartTask task;
  private volatile @Nullable Throwable failure;

  private WorkerPool() {}

  /** Work that consists of numbered parts. */
  @FunctionalInterface
  public interface PartTask {
    /** Does one part; called once for each part, by any thread. */
    void run(int part);
  }

  /** Returns the pool of this process. */
  public static WorkerPool shared() {
    return SHARED;
  }

  /**
   * Runs parts 0 to {@code parts} − 1 and returns when all are done. An exception of a part is
   * rethrown here, after the others.
   */
  public void run(int parts, PartTask task) {
    int helpers = Math.min(Panorm.threads(), parts) - 1;
    if (helpers <= 0 || busy.isHeldByCurrentThread() || !busy.tryLock()) {
      for (int part = 0; part < parts; part++) {
        task.run(part);
      }
      return;
    }
    try {
      share(parts, task, helpers);
    } finally {
      busy.unlock();
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // yields only where spinning has not helped
  private void share(int parts, PartTask task, int helpers) {
    ensureWorkers(helpers);
    this.task = task;
    this.parts = parts;
    failure = null;
    nextPart.set(0);
    pending.set(helpers);
    ticket = (((ticket >>> 16) + 1) << 16) + helpers; // publishes everything above
    for (int i = 0; i < helpers; i++) {
      LockSupport.unpark(workers[i]);
    }
    work(task, parts);
    for (int spins = 0; pending.get() > 0; spins++) {
      if (spins < SPINS) {
        Thread.onSpinWait();
      } else {
        Thread.yield(); // the worker may be waiting for this very processor
      }
    }
    this.task = null;
    Throwable thrown = failure;
    if (thrown != null) {
      rethrow(thrown);
    }
  }

  private void work(PartTask task, int parts) {
    try {
      for (int part; (part = nextPart.getAndIncrement()) < parts; ) {
        task.run(part);
      }
    } catch (RuntimeException | Error e) {
      failure = e;
    }
  }

  private static void rethrow(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) thrown;
  }

  private void ensureWorkers(int count) {
    if (workers.length >= count) {
      return;
    }
    Thread[] more = Arrays.copyOf(workers, count);
    for (int i = workers.length; i < count; i++) {
      int number = i;
      long seen = ticket;
      more[i] =
          Thread.ofPlatform()
              .daemon()
              .name("panorm-worker-" + number)
              .start(() -> serve(number, seen));
    }
    workers = more;
  }

  private void serve(int number, long first) {
    long seen = first;
    while (true) {
      seen = awaitNext(seen);
      if (number < (seen & 0xFFFF)) {
        work(Objects.requireNonNull(task), parts);
        pending.decrementAndGet();
      }
    }
  }

  private long awaitNext(long seen) {
    long now;
    for (int spins = 0; (now = ticket) == seen; spins++) {
      if (spins < SPINS) {
        Thread.onSpinWait();
      } else {
        LockSupport.park(this);
      }
    }
    return now;
  }
}
