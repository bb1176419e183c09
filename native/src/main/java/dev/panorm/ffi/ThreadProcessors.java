package dev.panorm.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Which processors a thread may run on. A thread gets this object only for itself, so that the
 * processors of no other thread are ever changed.
 *
 * <p>Works on Linux with up to 1,024 processors, where native calls are allowed; elsewhere nothing
 * is known and nothing changed. Not for use by two threads at once.
 */
public final class ThreadProcessors {

  /** What {@link #current} says where it does not know. */
  public static final int UNKNOWN = -1;

  /** Bytes of the C library's cpu_set_t. */
  private static final long SET_BYTES = 128;

  private static final boolean SERVED =
      NativePlatform.current().isLinux()
          && NativeAccess.isEnabled()
          && Downcalls.standardLibrary().find("gettid").isPresent();

  private final int thread;

  /** What the thread may use when nothing is kept from it. */
  private final MemorySegment allowed = newSet();

  /** What it may use by the last call. */
  private final MemorySegment given = newSet();

  private final MemorySegment found = newSet();

  private ThreadProcessors(int thread) {
    this.thread = thread;
  }

  private static MemorySegment newSet() {
    return Arena.ofAuto().allocate(SET_BYTES, Long.BYTES);
  }

  /** {@return the processors of the calling thread} */
  public static ThreadProcessors ofThisThread() {
    return new ThreadProcessors(SERVED ? Linux.threadId() : 0);
  }

  /**
   * {@return the number of the processor that the calling thread runs on, or {@link #UNKNOWN}; a
   * moment later it may be another}
   */
  public static int current() {
    return SERVED ? Linux.currentProcessor() : UNKNOWN;
  }

  /**
   * Keeps the thread off one processor, and off no other. A thread that may use only that one stays
   * there; what others have set since the last call is the new limit.
   *
   * @param processor number of the processor, or {@link #UNKNOWN} for none
   */
  public void keepOff(int processor) {
    if (!SERVED || !Linux.affinity(Linux.GET_AFFINITY, thread, found)) {
      return;
    }
    if (differ(found, given)) {
      allowed.copyFrom(found);
    }
    given.copyFrom(allowed);
    take(processor);
    if (differ(found, given) && !Linux.affinity(Linux.SET_AFFINITY, thread, given)) {
      given.copyFrom(found);
    }
  }

  private void take(int processor) {
    if (processor < 0 || processor >= SET_BYTES * Byte.SIZE) {
      return;
    }
    long word = processor / Long.SIZE;
    given.setAtIndex(JAVA_LONG, word, given.getAtIndex(JAVA_LONG, word) & ~(1L << processor));
    if (isEmpty(given)) {
      given.copyFrom(allowed);
    }
  }

  private static boolean differ(MemorySegment one, MemorySegment other) {
    return one.mismatch(other) >= 0;
  }

  private static boolean isEmpty(MemorySegment set) {
    return set.elements(JAVA_LONG).allMatch(word -> word.get(JAVA_LONG, 0) == 0);
  }

  /** {@return whether the thread may use a processor, as the system says} */
  boolean allows(int processor) {
    return Linux.affinity(Linux.GET_AFFINITY, thread, found)
        && (found.getAtIndex(JAVA_LONG, processor / Long.SIZE) >> processor & 1) != 0;
  }

  /** Bound where there are such functions only. */
  private static final class Linux {

    private static final FunctionDescriptor AFFINITY =
        FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS);
    static final MethodHandle GET_AFFINITY = bind("sched_getaffinity", AFFINITY);
    static final MethodHandle SET_AFFINITY = bind("sched_setaffinity", AFFINITY);
    static final MethodHandle THREAD = bind("gettid", FunctionDescriptor.of(JAVA_INT));
    static final MethodHandle PROCESSOR =
        Downcalls.bindShort(
            Downcalls.standardLibrary(), "sched_getcpu", FunctionDescriptor.of(JAVA_INT));

    private static MethodHandle bind(String name, FunctionDescriptor descriptor) {
      return Downcalls.bind(Downcalls.standardLibrary(), name, descriptor);
    }

    static int threadId() {
      try {
        return (int) THREAD.invokeExact();
      } catch (Throwable thrown) {
        throw Downcalls.unexpected(thrown);
      }
    }

    static int currentProcessor() {
      try {
        return (int) PROCESSOR.invokeExact();
      } catch (Throwable thrown) {
        throw Downcalls.unexpected(thrown);
      }
    }

    static boolean affinity(MethodHandle call, int thread, MemorySegment set) {
      try {
        return (int) call.invokeExact(thread, SET_BYTES, set) == 0;
      } catch (Throwable thrown) {
        throw Downcalls.unexpected(thrown);
      }
    }
  }
}
