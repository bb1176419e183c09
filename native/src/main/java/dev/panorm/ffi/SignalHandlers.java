package dev.panorm.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Keeps the JVM's signal handlers while a native library is at work that installs its own.
 *
 * <p>The JVM stops its threads, and finds null pointers, by memory faults that its own handler
 * answers. LLVM, which compiles OpenCL kernels for a processor, installs handlers for every fatal
 * signal when it writes its first file, each for one use: the second of two threads that fault at
 * once finds none, and the process ends with "Segmentation fault" and no report. LLVM installs them
 * once in a process, so to put the JVM's back at once is enough.
 *
 * <p>Works on Linux; elsewhere nothing is kept.
 */
public final class SignalHandlers {

  /** Signals 1 to 31: those behind are real-time signals, which have no such handlers. */
  private static final int SIGNALS = 32;

  /** At least sizeof(struct sigaction), whose first member is the handler's address. */
  private static final long ACTION_BYTES = 256;

  /** How long a foreign handler may stay. */
  private static final long WATCH_NANOS = 20_000;

  private static final boolean SERVED = NativePlatform.current().isLinux();

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment actions = arena.allocate(SIGNALS * ACTION_BYTES, Long.BYTES);
  private final MemorySegment seen = arena.allocate(ACTION_BYTES, Long.BYTES);
  private volatile boolean done;

  private SignalHandlers() {
    for (int signal = 1; signal < SIGNALS; signal++) {
      sigaction(signal, MemorySegment.NULL, action(signal));
    }
  }

  /**
   * Does some work, and puts back every handler that it replaces as soon as it is replaced.
   *
   * @param work what may install handlers
   * @param <T> type of its result
   * @return the work's result
   */
  @SuppressWarnings("Interruption") // the watcher ends with the work, which must not be cut short
  public static <T> T keepDuring(Supplier<T> work) {
    if (!SERVED) {
      return work.get();
    }
    SignalHandlers handlers = new SignalHandlers();
    Thread watcher = Thread.ofPlatform().daemon().name("panorm-signals").start(handlers::watch);
    try {
      return work.get();
    } finally {
      handlers.done = true;
      LockSupport.unpark(watcher);
      join(watcher);
    }
  }

  private static void join(Thread watcher) {
    boolean interrupted = false;
    while (watcher.isAlive()) {
      try {
        watcher.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void watch() {
    boolean last;
    do {
      last = done;
      putBack();
      if (!last) {
        LockSupport.parkNanos(WATCH_NANOS);
      }
    } while (!last);
  }

  private void putBack() {
    for (int signal = 1; signal < SIGNALS; signal++) {
      MemorySegment kept = action(signal);
      if (sigaction(signal, MemorySegment.NULL, seen) == 0
          && seen.get(JAVA_LONG, 0) != kept.get(JAVA_LONG, 0)) {
        sigaction(signal, kept, MemorySegment.NULL);
      }
    }
  }

  private MemorySegment action(int signal) {
    return actions.asSlice(signal * ACTION_BYTES, ACTION_BYTES);
  }

  /** {@return the address of what answers a signal now, 0 or 1 where nothing does} */
  static long handler(int signal) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment action = arena.allocate(ACTION_BYTES, Long.BYTES);
      sigaction(signal, MemorySegment.NULL, action);
      return action.get(JAVA_LONG, 0);
    }
  }

  private static int sigaction(int signal, MemorySegment wanted, MemorySegment old) {
    try {
      return (int) Posix.SIGACTION.invokeExact(signal, wanted, old);
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }

  /** Bound where there is such a function only. */
  private static final class Posix {
    static final MethodHandle SIGACTION =
        Downcalls.bind(
            Downcalls.standardLibrary(),
            "sigaction",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
  }
}
