package dev.panorm.io;

import java.io.IOException;
import java.nio.file.Path;

/** The exception for a file that does not follow its format. */
final class Malformed {

  private Malformed() {}

  /** Returns the exception for what stands at a byte of a file. */
  static IOException at(Path file, long offset, String what) {
    return new IOException(message(file, offset, what));
  }

  /** As {@link #at(Path, long, String)}, with what found it. */
  static IOException at(Path file, long offset, String what, Throwable cause) {
    return new IOException(message(file, offset, what), cause);
  }

  private static String message(Path file, long offset, String what) {
    return file + ": at byte " + offset + ": " + what;
  }
}
