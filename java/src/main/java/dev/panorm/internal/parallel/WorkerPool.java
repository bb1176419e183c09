package dev.panorm.internal.parallel;

import dev.panorm.Panorm;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
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
 *
 * <p>A worker that has gone to sleep wakes late, maybe when all is done: so a worker enters an
 * operation through a gate, which the caller closes when no part is left, and the caller waits only
 * for those inside.
 */
public final class WorkerPool {

  private static final WorkerPool SHARED = new WorkerPool();

  /**
   * About 100 µs: longer than what the caller does alone between two steps of a norm or two
   * operations of a training step, since to wake a thread takes half as long; shorter than anybody
   * notices.
   */
  private static final int SPINS = 10_000;

  private static final long INSIDE = 0xFFFF;
  private static final long OPEN = INSIDE + 1;
  private static final int NUMBER_SHIFT = 17;

  private final ReentrantLock busy = new ReentrantLock();
  private final AtomicInteger nextPart = new AtomicInteger();
  private Thread[] workers = new Thread[0];

  /** Number of the present operation, whether its gate is open, and how many workers are inside. */
  private final AtomicLong gate = new AtomicLong();

  /** How many workers the operation wants. */
  private volatile int helpers;

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

  private void share(int parts, PartTask task, int helpers) {
    ensureWorkers(helpers);
    this.task = task;
    this.parts = parts;
    this.helpers = helpers;
    failure = null;
    nextPart.set(0);
    gate.set(((operation(gate.get()) + 1) << NUMBER_SHIFT) | OPEN); // publishes everything above
    for (int i = 0; i < helpers; i++) {
      LockSupport.unpark(workers[i]);
    }
    work(task, parts);
    gate.getAndUpdate(state -> state & ~OPEN);
    awaitEmpty();
    this.task = null;
    Throwable thrown = failure;
    if (thrown != null) {
      rethrow(thrown);
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // yields only where spinning has not helped
  private void awaitEmpty() {
    for (int spins = 0; (gate.get() & INSIDE) > 0; spins++) {
      if (spins < SPINS) {
        Thread.onSpinWait();
      } else {
        Thread.yield(); // the worker may be waiting for this very processor
      }
    }
  }

  private static long operation(long state) {
    return state >>> NUMBER_SHIFT;
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
      long seen = operation(gate.get());
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
      if (enter(seen)) {
        if (number < helpers) {
          work(Objects.requireNonNull(task), parts);
        }
        gate.getAndDecrement();
      }
    }
  }

  /** Enters an operation, unless it is over; while a worker is inside, no other begins. */
  private boolean enter(long number) {
    long state = gate.get();
    while (operation(state) == number && (state & OPEN) != 0) {
      if (gate.compareAndSet(state, state + 1)) {
        return true;
      }
      state = gate.get();
    }
    return false;
  }

  private long awaitNext(long seen) {
    long now;
    for (int spins = 0; (now = operation(gate.get())) == seen; spins++) {
      if (spins < SPINS) {
        Thread.onSpinWait();
      } else {
        LockSupport.park(this);
      }
    }
    return now;
  }
}
