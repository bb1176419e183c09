package dev.panorm.bench.compare;

import dev.panorm.ffi.ThreadProcessors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Threads that each do one part of a task. Panorm's own pool is not for others, and the fork-join
 * pool takes longer to wake than a copy of a mebibyte takes. They keep off the caller's processor,
 * as the threads of Panorm's pool do.
 */
final class Team implements AutoCloseable {

  private static final int SPINS = 2_000;

  private final AtomicInteger pending = new AtomicInteger();
  private final AtomicInteger ticket = new AtomicInteger();
  private final Thread[] helpers;

  /** Of each helper that has begun. */
  private final AtomicReferenceArray<@Nullable ThreadProcessors> processors;

  /** The processor that the helpers are kept off. */
  private int keptOff = ThreadProcessors.UNKNOWN;

  private volatile boolean closed;
  private volatile @Nullable Task task;

  /** Work of numbered parts. */
  @FunctionalInterface
  interface Task {
    void run(int part);
  }

  Team(int size) {
    helpers = new Thread[size - 1];
    processors = new AtomicReferenceArray<>(size - 1);
    for (int i = 0; i < helpers.length; i++) {
      int part = i + 1;
      helpers[i] = Thread.ofPlatform().daemon().name("copy-" + part).start(() -> serve(part));
    }
  }

  /** Returns the number of parts. */
  int size() {
    return helpers.length + 1;
  }

  /** Does all parts and returns when they are done. */
  void run(Task work) {
    keepApart();
    task = work;
    pending.set(helpers.length);
    ticket.incrementAndGet();
    for (Thread helper : helpers) {
      LockSupport.unpark(helper);
    }
    work.run(0);
    while (pending.get() > 0) {
      Thread.onSpinWait();
    }
  }

  private void keepApart() {
    int here = ThreadProcessors.current();
    for (int i = 0; i < helpers.length && here != keptOff; i++) {
      ThreadProcessors its = processors.get(i);
      if (its == null) {
        return;
      }
      its.keepOff(here);
    }
    keptOff = here;
  }

  private void serve(int part) {
    processors.set(part - 1, ThreadProcessors.ofThisThread());
    int seen = 0;
    while (true) {
      seen = next(seen);
      Task work = task;
      if (closed || work == null) {
        return;
      }
      work.run(part);
      pending.decrementAndGet();
    }
  }

  private int next(int seen) {
    int now;
    for (int spins = 0; (now = ticket.get()) == seen; spins++) {
      if (spins < SPINS) {
        Thread.onSpinWait();
      } else {
        LockSupport.park(this);
      }
    }
    return now;
  }

  @Override
  public void close() {
    closed = true;
    ticket.incrementAndGet();
    for (Thread helper : helpers) {
      LockSupport.unpark(helper);
    }
  }
}
