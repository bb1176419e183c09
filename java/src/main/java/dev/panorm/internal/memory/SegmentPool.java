package dev.panorm.internal.memory;

import dev.panorm.ffi.LargePages;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;

/**
 * Lends blocks of off-heap memory and takes them back for reuse.
 *
 * <p>A first touch of fresh pages costs several times a normalization, so memory goes back to the
 * operating system only in {@link #trim()}. Sizes are rounded up to four steps for each power of
 * two (at most 25 % unused), small blocks are carved from chunks. All methods may be called from
 * any thread.
 */
public final class SegmentPool {

  /** Every block starts at a multiple of this; OpenCL on the CPU wants 128 bytes. */
  public static final long ALIGNMENT = 128;

  private static final long PAGE = 4096;
  private static final long CHUNK_BYTES = 1 << 20;
  private static final long LARGEST_CARVED = 1 << 15;
  private static final int STEPS = 4;
  private static final int CLASSES = 64 * STEPS;

  private static final SegmentPool SHARED = new SegmentPool();

  private final ArrayDeque<Block>[] free = newFreeLists();

  private long chunkNext;
  private long chunkEnd;
  private long liveBytes;
  private long pooledBytes;
  private long systemBytes;
  private long systemAllocations;

  /** Creates an empty pool; the library uses {@link #shared()}. */
  public SegmentPool() {}

  /** Returns the pool of this process. */
  public static SegmentPool shared() {
    return SHARED;
  }

  /**
   * Lends a block of at least {@code bytes} bytes, contents undefined.
   *
   * @throws IllegalArgumentException if {@code bytes} is negative or beyond what a process can
   *     address
   * @throws OutOfMemoryError if the operating system refuses, also after idle blocks were given
   *     back to it
   */
  public synchronized Block take(long bytes) {
    if (bytes < 0 || bytes > 1L << 47) {
      throw new IllegalArgumentException("memory: size is " + bytes + " bytes, expected 0 to 2^47");
    }
    int sizeClass = sizeClass(bytes);
    Block block = free[sizeClass].pollLast();
    if (block == null) {
      block = allocate(sizeClassBytes(sizeClass));
    } else {
      pooledBytes -= block.byteSize();
    }
    block.lend();
    liveBytes += block.byteSize();
    return block;
  }

  /** Takes a lent block back; a second time throws {@link IllegalStateException}. */
  public synchronized void give(Block block) {
    block.takeBack();
    liveBytes -= block.byteSize();
    pooledBytes += block.byteSize();
    free[sizeClass(block.byteSize())].addLast(block);
  }

  /**
   * Gives idle memory back to the operating system, except small blocks, and returns how many bytes
   * went.
   */
  public synchronized long trim() {
    long freed = 0;
    for (int c = sizeClass(LARGEST_CARVED) + 1; c < CLASSES; c++) {
      for (Block block; (block = free[c].pollLast()) != null; ) {
        if (block.free()) {
          freed += block.byteSize();
        }
      }
    }
    pooledBytes -= freed;
    systemBytes -= freed;
    return freed;
  }

  /** Returns the figures of this moment. */
  public synchronized PoolUsage usage() {
    return new PoolUsage(liveBytes, pooledBytes, systemBytes, systemAllocations);
  }

  private Block allocate(long bytes) {
    return bytes <= LARGEST_CARVED ? carve(bytes) : allocateOwn(bytes);
  }

  private Block carve(long bytes) {
    if (chunkEnd - chunkNext < bytes) {
      // The tail of the old chunk (less than one small block) is given up.
      chunkNext = Arena.global().allocate(CHUNK_BYTES, PAGE).address();
      chunkEnd = chunkNext + CHUNK_BYTES;
      countSystem(CHUNK_BYTES);
    }
    Block block = new Block(chunkNext, bytes, null);
    chunkNext += bytes;
    return block;
  }

  private Block allocateOwn(long bytes) {
    Arena arena = Arena.ofShared();
    long address;
    try {
      address = LargePages.allocate(arena, bytes).address();
    } catch (OutOfMemoryError e) {
      if (trim() == 0) {
        arena.close();
        throw e;
      }
      address = LargePages.allocate(arena, bytes).address();
    }
    countSystem(bytes);
    return new Block(address, bytes, arena);
  }

  private void countSystem(long bytes) {
    systemBytes += bytes;
    systemAllocations++;
  }

  /** Index of the smallest class that holds {@code bytes}; see {@link #sizeClassBytes}. */
  static int sizeClass(long bytes) {
    long units = Math.max(1, (bytes + ALIGNMENT - 1) / ALIGNMENT);
    int exponent = Math.max(0, 61 - Long.numberOfLeadingZeros(units));
    long mantissa = (units + (1L << exponent) - 1) >> exponent;
    return exponent * STEPS + (int) mantissa;
  }

  /**
   * Bytes of class {@code c}: 1 to 7 units of {@link #ALIGNMENT}, then 4 to 7 units times a power
   * of two.
   */
  static long sizeClassBytes(int c) {
    int exponent = Math.max(0, c / STEPS - 1);
    return ((long) (c - exponent * STEPS) * ALIGNMENT) << exponent;
  }

  @SuppressWarnings({
    "unchecked",
    "rawtypes"
  }) // an array of a generic type cannot be created otherwise
  private static ArrayDeque<Block>[] newFreeLists() {
    ArrayDeque<Block>[] lists = new ArrayDeque[CLASSES];
    for (int c = 0; c < CLASSES; c++) {
      lists[c] = new ArrayDeque<>();
    }
    return lists;
  }
}
