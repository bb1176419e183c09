package dev.panorm.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.panorm.Panorm;
import dev.panorm.ffi.streaming.StreamingKernels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/**
 * The same bits with one thread and two, in C and on the Vector API: the run of the tests with C
 * leaves its results to the run without.
 */
public final class BitsOfRuns {

  private BitsOfRuns() {}

  /**
   * Compares what one thread gives with what two give, on the backend {@code vector}, and a run
   * without C with the run with C before it.
   *
   * @param file where the results stay in between, in the build's own folder
   * @param bits works out a line for each result
   */
  public static void compare(String file, Supplier<List<String>> bits) {
    int threads = Panorm.threads();
    try {
      BackendTest.on(
          "vector",
          () -> {
            Panorm.setThreads(1);
            List<String> alone = bits.get();
            Panorm.setThreads(2);
            assertEquals(alone, bits.get(), "two threads");
            compareRuns(Path.of("target", file), alone);
          });
    } finally {
      Panorm.setThreads(threads);
    }
  }

  private static void compareRuns(Path withC, List<String> bits) {
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
