package dev.panorm.internal.parallel;

import dev.panorm.Panorm;
import dev.panorm.ffi.ThreadProcessors;
import dev.panorm.ffi.streaming.StreamingKernels;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
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
 *
 * <p>Workers are kept off the caller's processor, where there are processors for all: a system may
 * put a woken thread on the processor of the one that wakes it, and leave it there for milliseconds
 * while another is idle.
 */
public final class WorkerPool {

  /**
   * About 100 µs: longer than what the caller does alone between two steps of a norm or two
   * operations of a training step, since to wake a thread takes half as long; shorter than anybody
   * notices.
   */
  static final int SPINS = 10_000;

  /** System property: {@code false} leaves it to the system where workers run. */
  private static final String APART_PROPERTY = "panorm.threads.apart";

  /** Whether there are kernels that store past the caches. */
  private static final boolean STREAMS = StreamingKernels.isAvailable();

  private static final WorkerPool SHARED = new WorkerPool();

  private static final int PROCESSORS = processors();

  private static final long INSIDE = 0xFFFF;
  private static final long OPEN = INSIDE + 1;
  private static final int NUMBER_SHIFT = 17;

  private final ReentrantLock busy = new ReentrantLock();
  private final Shares shares = new Shares();
  private Worker[] workers = new Worker[0];

  /** Number of the present operation, whether its gate is open, and how many workers are inside. */
  private final AtomicLong gate = new AtomicLong();

  /** How many threads the operation wants, the caller among them. */
  private volatile int threads;

  private volatile @Nullable PartTask task;
  private volatile @Nullable Throwable failure;

  private WorkerPool() {}

  private static int processors() {
    return keepsThreadsApart() ? Runtime.getRuntime().availableProcessors() : 0;
  }

  /** Returns whether it is up to the library on which processors its threads run. */
  public static boolean keepsThreadsApart() {
    return !"false".equals(System.getProperty(APART_PROPERTY));
  }

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
   *
   * <p>Each thread begins with a range of neighbours that depends on the number of parts and
   * threads only, and in the end makes visible what it has stored past the caches.
   */
  public void run(int parts, PartTask task) {
    int threads = Math.min(Panorm.threads(), parts);
    if (threads <= 1 || busy.isHeldByCurrentThread() || !busy.tryLock()) {
      for (int i = 0; i < parts; i++) {
        task.run(i);
      }
      publish();
      return;
    }
    try {
      share(parts, task, threads);
    } finally {
      busy.unlock();
    }
  }

  private void share(int parts, PartTask task, int threads) {
    ensureWorkers(threads - 1);
    this.task = task;
    this.threads = threads;
    failure = null;
    shares.deal(parts, threads);
    gate.set(((operation() + 1) << NUMBER_SHIFT) | OPEN); // publishes everything above
    wake(threads - 1);
    work(0, task);
    gate.getAndUpdate(state -> state & ~OPEN);
    awaitEmpty();
    this.task = null;
    Throwable thrown = failure;
    if (thrown != null) {
      rethrow(thrown);
    }
  }

  private void wake(int helpers) {
    int processor = helpers < PROCESSORS ? ThreadProcessors.current() : ThreadProcessors.UNKNOWN;
    for (int i = 0; i < helpers; i++) {
      workers[i].keepOff(processor);
      workers[i].wake();
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

  /** Number of the present operation. */
  long operation() {
    return gate.get() >>> NUMBER_SHIFT;
  }

  private void work(int thread, PartTask task) {
    try {
      for (int part; (part = shares.take(thread)) != Shares.NONE; ) {
        task.run(part);
      }
    } catch (RuntimeException | Error e) {
      failure = e;
    }
    publish();
  }

  private static void publish() {
    if (STREAMS) {
      StreamingKernels.fence();
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
    Worker[] more = Arrays.copyOf(workers, count);
    for (int i = workers.length; i < count; i++) {
      more[i] = new Worker(this, i + 1);
      more[i].start();
    }
    workers = more;
  }

  /** Works on an operation as one of its threads, if it wants that many and is not over. */
  void help(long number, int thread) {
    if (enter(number)) {
      PartTask wanted = task;
      if (thread < threads && wanted != null) {
        work(thread, wanted);
      }
      gate.getAndDecrement();
    }
  }

  /** Enters an operation, unless it is over; while a worker is inside, no other begins. */
  private boolean enter(long number) {
    long state = gate.get();
    while (state >>> NUMBER_SHIFT == number && (state & OPEN) != 0) {
      if (gate.compareAndSet(state, state + 1)) {
        return true;
      }
      state = gate.get();
    }
    return false;
  }
}
