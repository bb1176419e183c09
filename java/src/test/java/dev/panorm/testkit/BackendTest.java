package dev.panorm.testkit;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.panorm.backend.BackendReport;
import dev.panorm.backend.Backends;
import dev.panorm.backend.Operation;
import dev.panorm.backend.Support;
import java.util.Arrays;
import java.util.List;

/**
 * Runs a test once for each backend, on that backend alone:
 *
 * <pre>
 *   &#64;ParameterizedTest
 *   &#64;MethodSource("dev.panorm.testkit.BackendTest#cpu")
 *   void addsUp(String backend) {
 *     BackendTest.on(backend, () -> ...);
 *   }
 * </pre>
 *
 * A backend that this machine lacks aborts the test, except where {@code panorm.requireBackends}
 * names it: then it fails.
 */
public final class BackendTest {

  private BackendTest() {}

  /** The backends that serve every operation on the processor. */
  public static List<String> cpu() {
    return List.of("reference", "vector");
  }

  /** The backends of this machine that serve an operation of float32. */
  public static List<String> serving(Operation operation) {
    return Backends.report().rungs().stream()
        .filter(rung -> rung.serves().get(operation + " float32") instanceof Support.Yes)
        .map(BackendReport.Rung::name)
        .toList();
  }

  /** Does something on one backend only. */
  public static void on(String backend, Runnable work) {
    requireAvailable(backend);
    Backends.force(backend);
    try {
      work.run();
    } finally {
      Backends.force();
    }
  }

  private static void requireAvailable(String backend) {
    if (Backends.available().contains(backend)) {
      return;
    }
    String why = "backend " + backend + " is not available: " + Backends.report();
    String required = System.getProperty("panorm.requireBackends", "");
    if (Arrays.asList(required.split(",")).contains(backend)) {
      fail(why);
    }
    abort(why);
  }
}
