package dev.panorm;

import dev.panorm.internal.memory.PoolUsage;
import dev.panorm.internal.memory.SegmentPool;

/** Settings and figures of the whole process. */
public final class Panorm {

  /**
   * System property: number of threads that one operation may use; default is the number of
   * processors.
   */
  public static final String THREADS_PROPERTY = "panorm.threads";

  private static volatile int threads = initialThreads();

  private Panorm() {}

  private static int initialThreads() {
    int wanted = Integer.getInteger(THREADS_PROPERTY, 0);
    return wanted > 0 ? wanted : Runtime.getRuntime().availableProcessors();
  }

  /**
   * Returns how many threads one operation may use. Results do not depend on it, to the last bit.
   */
  public static int threads() {
    return threads;
  }

  /**
   * Sets how many threads one operation may use from now on.
   *
   * @throws IllegalArgumentException if the number is below 1
   */
  public static void setThreads(int number) {
    if (number < 1) {
      throw new IllegalArgumentException(
          "setThreads: number is " + number + ", expected 1 or more");
    }
    threads = number;
  }

  /** Returns what the process's tensors hold now. */
  public static MemoryUsage memory() {
    PoolUsage usage = SegmentPool.shared().usage();
    return new MemoryUsage(
        usage.liveBytes(), usage.pooledBytes(), usage.systemBytes(), usage.systemAllocations());
  }

  /** Gives idle pooled memory back to the operating system and returns how many bytes went. */
  public static long trimMemory() {
    return SegmentPool.shared().trim();
  }
}
