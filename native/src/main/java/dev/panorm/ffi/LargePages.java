package dev.panorm.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Memory in pages of 2 MiB, so that a kernel looks up fewer addresses and the system clears fewer
 * pages one by one.
 *
 * <p>A program may only wish for such pages, and only before it first touches memory; an arena of
 * the JDK touches all of its memory at once, to fill it with zeros. So the memory is mapped here.
 * Works on Linux, where native calls are allowed; elsewhere, and where the system's {@code
 * transparent_hugepage} says never, memory has the usual pages. Source: Linux manual pages mmap(2),
 * madvise(2).
 */
public final class LargePages {

  /** Bytes of a large page. */
  public static final long BYTES = 1L << 21;

  /** Bytes of the largest usual ones: a system gives back whole pages only. */
  private static final long USUAL = 1L << 16;

  /** Where smaller memory begins: at a page of most systems. */
  private static final long ALIGNMENT = 4096;

  private static final boolean SERVED =
      NativePlatform.current().isLinux() && NativeAccess.isEnabled();

  private LargePages() {}

  /**
   * As {@link Arena#allocate(long, long)} with pages for alignment: memory full of zeros that
   * begins at a page, at a large one where it is as long as one.
   *
   * @param arena whose end is the memory's
   * @param bytes how many
   * @return the memory
   * @throws OutOfMemoryError if the system refuses
   */
  public static MemorySegment allocate(Arena arena, long bytes) {
    return SERVED && bytes >= BYTES
        ? Linux.allocate(arena, bytes)
        : arena.allocate(bytes, ALIGNMENT);
  }

  /** Bound where there are such functions only. */
  private static final class Linux {

    private static final int PROT_READ_AND_WRITE = 1 | 2;
    private static final int MAP_PRIVATE_AND_ANONYMOUS = 0x02 | 0x20;
    private static final int MADV_HUGEPAGE = 14;
    private static final int NO_FILE = -1;
    private static final long FAILED = -1;

    private static final MethodHandle MMAP =
        bind(
            "mmap",
            FunctionDescriptor.of(
                JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle MUNMAP =
        bind("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle MADVISE =
        bind("madvise", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));

    private static MethodHandle bind(String name, FunctionDescriptor descriptor) {
      return Downcalls.bind(Downcalls.standardLibrary(), name, descriptor);
    }

    @SuppressWarnings(
        "restricted") // the memory is the size that was mapped, and ends with the arena
    static MemorySegment allocate(Arena arena, long bytes) {
      long size = roundUp(bytes, USUAL);
      long address = map(size);
      MemorySegment memory =
          MemorySegment.ofAddress(address).reinterpret(bytes, arena, _ -> unmap(address, size));
      wish(address, size);
      return memory;
    }

    /** Maps a large page more than is needed and gives back what lies before and behind. */
    private static long map(long size) {
      long start = mmap(size + BYTES);
      long address = roundUp(start, BYTES);
      long before = address - start;
      if (before > 0) {
        unmap(start, before);
      }
      if (before < BYTES) {
        unmap(address + size, BYTES - before);
      }
      return address;
    }

    private static long roundUp(long number, long step) {
      return (number + step - 1) & -step;
    }

    private static long mmap(long size) {
      long address;
      try {
        address =
            (long)
                MMAP.invokeExact(
                    MemorySegment.NULL,
                    size,
                    PROT_READ_AND_WRITE,
                    MAP_PRIVATE_AND_ANONYMOUS,
                    NO_FILE,
                    0L);
      } catch (Throwable thrown) {
        throw Downcalls.unexpected(thrown);
      }
      if (address == FAILED) {
        throw new OutOfMemoryError("memory: the system has no " + size + " bytes to map");
      }
      return address;
    }

    private static void unmap(long address, long size) {
      try {
        int _ = (int) MUNMAP.invokeExact(address, size);
      } catch (Throwable thrown) {
        throw Downcalls.unexpected(thrown);
      }
    }

    /** No more than a wish: what the system answers changes nothing. */
    private static void wish(long address, long size) {
      try {
        int _ = (int) MADVISE.invokeExact(address, size, MADV_HUGEPAGE);
      } catch (Throwable thrown) {
        throw Downcalls.unexpected(thrown);
      }
    }
  }
}
