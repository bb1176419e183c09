package dev.panorm.internal.memory;

import java.lang.foreign.MemorySegment;

/**
 * All of the process's memory as one segment.
 *
 * <p>Kernels read and write through {@link #ALL} at absolute addresses that were checked once,
 * before the kernel. One segment for every access keeps the JIT's type profile monomorphic: a
 * segment per tensor or per row was measured two to nine times slower once several callers had
 * polluted the profile.
 */
public final class Memory {

  /**
   * Every address, for kernels only; it has no bounds and no lifetime, so both are the caller's
   * duty.
   */
  @SuppressWarnings("restricted") // the library exists to address native memory
  public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private Memory() {}

  /** Sets {@code bytes} bytes from {@code address} to zero. */
  public static void zero(long address, long bytes) {
    ALL.asSlice(address, bytes).fill((byte) 0);
  }

  /** Copies {@code bytes} bytes; the ranges may overlap. */
  public static void copy(long from, long to, long bytes) {
    MemorySegment.copy(ALL, from, ALL, to, bytes);
  }
}
