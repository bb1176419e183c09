package dev.panorm.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.panorm.ffi.streaming.StreamingKernels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The run of the tests with C leaves its results to the run without. */
public final class BitsOfRuns {

  private BitsOfRuns() {}

  /**
   * Keeps the results of a run with C, and compares those of a run without with them.
   *
   * @param file where they stay in between, in the build's own folder
   * @param bits a line for each result
   */
  public static void compare(String file, List<String> bits) {
    Path withC = Path.of("target", file);
    try {
      if (StreamingKernels.isAvailable()) {
        Files.write(withC, bits);
      } else if (Files.exists(withC)) {
        assertEquals(Files.readAllLines(withC), bits, "without C");
      } else if (Boolean.getBoolean("panorm.requireStreaming")) {
        fail("the run with C has left no " + withC);
      } else {
        abort("nothing in C to compare with: " + StreamingKernels.refusal());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
