package dev.panorm.ffi;

import java.util.List;
import java.util.stream.Collectors;

/** A native library that no place provides: every place tried, each with its own reason. */
public final class NativeLibraryException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient List<LoadAttempt> attempts;
  private final String remedy;

  NativeLibraryException(
      String library, NativePlatform platform, List<LoadAttempt> attempts, String remedy) {
    super(message(library, platform, attempts, remedy));
    this.attempts = List.copyOf(attempts);
    this.remedy = remedy;
  }

  /** {@return the places tried, in order} */
  public List<LoadAttempt> attempts() {
    return attempts;
  }

  /** {@return what the user can do} */
  public String remedy() {
    return remedy;
  }

  private static String message(
      String library, NativePlatform platform, List<LoadAttempt> attempts, String remedy) {
    return attempts.stream()
        .map(attempt -> "\n  " + attempt)
        .collect(
            Collectors.joining(
                "",
                library + " could not be loaded on " + platform.classifier() + ". Tried in order:",
                "\nRemedy: " + remedy));
  }
}
