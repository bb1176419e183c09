package dev.panorm.bench.check;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.panorm.DType;
import dev.panorm.Panorm;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.Backends;
import dev.panorm.bench.check.Outcome.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every golden on every backend of this machine, and the same bits for any number of threads. */
class GoldensTest {

  private final int threadsBefore = Panorm.threads();

  @AfterEach
  void restore() {
    Panorm.setThreads(threadsBefore);
  }

  /** Where the goldens are not, nobody can check them; where this is our own build, they are. */
  private static List<Path> files() throws IOException {
    Path folder = Path.of(System.getProperty("panorm.shared", "../shared"), "goldens");
    if (!Files.isDirectory(folder)) {
      boolean ours =
          "true".equals(System.getenv("CI"))
              || !System.getProperty("panorm.requireBackends", "").isBlank();
      assertTrue(!ours, "no goldens in " + folder);
      assumeTrue(false, "no goldens in " + folder);
    }
    return GoldenFiles.list(folder);
  }

  static Stream<String> backends() {
    return Backends.available().stream();
  }

  @Test
  void requiredBackendsAreThere() {
    for (String name : System.getProperty("panorm.requireBackends", "").split(",", -1)) {
      assertTrue(
          name.isBlank() || Backends.available().contains(name.strip()), name + " is required");
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void allResultsAreInsideTheirBounds(String backend) throws IOException {
    assertGood(new Checker(List.of(backend), true, DType.FLOAT32));
  }

  @Test
  void allResultsOfTheReferenceAreInsideTheirBoundsInFloat64() throws IOException {
    assertGood(new Checker(List.of("reference"), true, DType.FLOAT64));
  }

  static void assertGood(Checker opened) throws IOException {
    List<Outcome> bad = new ArrayList<>();
    int run = 0;
    try (Checker checker = opened) {
      for (Path file : files()) {
        try (Scope scope = Scope.open()) {
          Case subject = GoldenFiles.load(file, scope);
          for (Outcome outcome : checker.check(subject)) {
            run++;
            boolean known = Runners.of(subject.op()) != null;
            if (outcome.status() != Status.PASS && known) {
              bad.add(outcome);
            }
          }
        }
      }
    }
    assertEquals(List.of(), bad);
    assertTrue(run > 0, "nothing was run");
  }

  @ParameterizedTest
  @MethodSource("backends")
  void theNumberOfThreadsDoesNotShowInTheBits(String backend) throws IOException {
    try (Checker checker = new Checker(List.of(backend), true, DType.FLOAT32)) {
      for (Path file : files()) {
        try (Scope scope = Scope.open()) {
          Case subject = GoldenFiles.load(file, scope);
          Runners.Entry entry = Runners.of(subject.op());
          if (entry != null && !checker.check(subject).isEmpty()) {
            Map<String, Tensor> one = run(checker, subject, entry, backend, 1, scope);
            Map<String, Tensor> two = run(checker, subject, entry, backend, 2, scope);
            assertEquals(one.keySet(), two.keySet());
            one.forEach(
                (name, tensor) ->
                    assertArrayEquals(
                        bits(tensor),
                        bits(requireNonNull(two.get(name))),
                        () -> file + " " + name + " on " + backend));
          }
        }
      }
    }
  }

  private static Map<String, Tensor> run(
      Checker checker,
      Case subject,
      Runners.Entry entry,
      String backend,
      int threads,
      Scope scope) {
    Panorm.setThreads(threads);
    return checker.run(subject, entry, backend, DType.FLOAT32, scope);
  }

  private static long[] bits(Tensor tensor) {
    return Arrays.stream(tensor.toDoubleArray()).mapToLong(Double::doubleToLongBits).toArray();
  }
}
