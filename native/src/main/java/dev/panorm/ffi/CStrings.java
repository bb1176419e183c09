package dev.panorm.ffi;

import java.lang.foreign.MemorySegment;

/** Reads text that a C function returned. */
public final class CStrings {

  private static final long LONGEST = 1L << 16;

  private CStrings() {}

  /**
   * Copies a zero-terminated UTF-8 string of at most 65,535 bytes.
   *
   * @param text the pointer as a downcall returned it
   * @return the copy, empty for a null pointer
   */
  @SuppressWarnings("restricted")
  public static String read(MemorySegment text) {
    return text.address() == 0 ? "" : text.reinterpret(LONGEST).getString(0);
  }
}
