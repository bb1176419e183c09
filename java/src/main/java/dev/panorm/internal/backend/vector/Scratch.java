package dev.panorm.internal.backend.vector;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What a thread needs while it works on one part: room for sums and for two chunks of elements. */
final class Scratch {

  /** Elements of a chunk: few enough for float32 partial sums and for the first-level cache. */
  static final int CHUNK = 2048;

  private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);
  private static final long SUMS_BYTES = 512;
  private static final long TABLE_BYTES = 1536;
  private static final long TAIL_BYTES = 256;

  /**
   * Bytes from a chunk to the next: five lines of the caches more than a multiple of a page, so
   * that the same column of several chunks does not share one place in the first-level cache.
   */
  private static final long CHUNK_BYTES = CHUNK * (long) Float.BYTES + 320;

  /** Bytes from {@link #first} on where both chunks are one room. */
  static final long ROOM_BYTES = 2 * CHUNK_BYTES;

  /** Arrays with a number per column of a strip. */
  private static final int COLUMNS = 7;

  /** Two float64 for each of half as many channels as a chunk has elements. */
  private static final long PAIRS_BYTES = CHUNK / 2 * 2L * Double.BYTES;

  private final MemorySegment memory =
      Arena.ofAuto()
          .allocate(
              SUMS_BYTES + TABLE_BYTES + (2 + COLUMNS) * CHUNK_BYTES + PAIRS_BYTES + TAIL_BYTES,
              128);

  /** Statistics in the making. */
  final Moments moments = new Moments(memory.address());

  /** Terms of the row at hand. */
  final RowTerms rowTerms = new RowTerms();

  private Scratch() {}

  /** Returns the calling thread's own. */
  static Scratch get() {
    return OF_THREAD.get();
  }

  /** Returns the address of two float64 sums and the room behind them. */
  long sums() {
    return memory.address();
  }

  /** As {@link #sums}, with both sums set to 0. */
  long clearedSums() {
    Lanes.setWide(sums(), 0);
    Lanes.setWide(sums() + Double.BYTES, 0);
    return sums();
  }

  /** Returns room for a few numbers. */
  long table() {
    return memory.address() + SUMS_BYTES;
  }

  /** Puts a centre, a scale and a shift into the table and returns their address. */
  long terms(float centre, float scale, float shift) {
    long at = table();
    Lanes.set(at, centre);
    Lanes.set(at + Float.BYTES, scale);
    Lanes.set(at + 2 * Float.BYTES, shift);
    return at;
  }

  /** Returns room for one chunk. */
  long first() {
    return table() + TABLE_BYTES;
  }

  /** Returns room for another chunk. */
  long second() {
    return first() + CHUNK_BYTES;
  }

  /** Returns room for a float32 per column of a strip; there are {@link #COLUMNS} such. */
  long column(int which) {
    return second() + (1 + which) * CHUNK_BYTES;
  }

  /** Returns room for two float64 per channel of a strip. */
  long pairs() {
    return column(COLUMNS);
  }

  /** Returns room for a few vectors that no task keeps from one loop to the next. */
  long tail() {
    return pairs() + PAIRS_BYTES;
  }
}
