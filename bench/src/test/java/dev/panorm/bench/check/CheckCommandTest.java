package dev.panorm.bench.check;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.panorm.DType;
import dev.panorm.Panorm;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.backend.Backends;
import dev.panorm.bench.Commands;
import dev.panorm.io.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckCommandTest {

  @TempDir Path folder;

  private final int threadsBefore = Panorm.threads();

  @AfterEach
  void restore() {
    Panorm.setThreads(threadsBefore);
  }

  @Test
  void aRightResultPasses() throws IOException {
    golden("relu__plain__2", "relu", "plain", 2, Map.of());
    Commands check = check("--backend", "reference");
    assertEquals(0, check.code(), check.err());
    assertTrue(check.out().contains("1 passed, 0 failed, 0 missing"), check.out());
  }

  @Test
  void aWrongResultFails() throws IOException {
    golden("relu__plain__2", "relu", "plain", 2.00001, Map.of());
    Commands check = check();
    assertEquals(1, check.code());
    assertTrue(
        check.out().contains("FAIL relu__plain__2.safetensors on reference: y 5.0"), check.out());
  }

  @Test
  void anExpectedNanThatDoesNotComeFails() throws IOException {
    golden("relu__plain__2", "relu", "plain", Double.NaN, Map.of());
    assertEquals(1, check().code());
  }

  @Test
  void anUnknownOperationIsMissingAndNeverPassed() throws IOException {
    golden("novelty__plain__2", "novelty", "plain", 2, Map.of());
    Commands check = check("--backend", "reference", "--json");
    assertEquals(0, check.code());
    assertTrue(check.out().contains("\"status\" : \"missing\""), check.out());
    assertTrue(check.err().contains("0 passed, 0 failed, 1 missing"), check.err());
    assertTrue(check.err().contains("Panorm does not have novelty"), check.err());
  }

  @Test
  void aCaseThatBreaksTheRunnerFails() throws IOException {
    golden("softmax__plain__2", "softmax", "plain", 2, Map.of("dim", "7"));
    Commands check = check("--backend", "reference");
    assertEquals(1, check.code());
    assertTrue(check.out().contains("dimension 7 of [2] does not exist"), check.out());
  }

  @Test
  void aBackendThatWasNamedAndDoesNotServeIsNotWell() throws IOException {
    String narrow =
        Backends.available().stream()
            .filter(CheckCommandTest::hasNoFloat64Norms)
            .findFirst()
            .orElse(null);
    assumeTrue(narrow != null);
    golden(
        "layer_norm__plain__2",
        "layer_norm",
        "plain",
        1,
        Map.of("normalized_shape", "2", "eps", "1e-5"));
    Commands check = check("--backend", String.valueOf(narrow), "--dtype", "f64");
    assertEquals(1, check.code());
    assertTrue(check.out().contains("0 passed, 0 failed, 1 missing"), check.out());
  }

  private static boolean hasNoFloat64Norms(String backend) {
    Ladders ladders = new Ladders();
    Runners.Entry norm = requireNonNull(Runners.of("layer_norm"));
    return ladders.concerns(backend, norm) && !ladders.concerns(backend, norm, DType.FLOAT64);
  }

  @Test
  void jsonStandsAloneOnStandardOutput() throws IOException {
    golden("relu__plain__2", "relu", "plain", 2, Map.of());
    Commands check = check("--backend", "reference", "--json", "--threads", "2");
    assertEquals(
        "[{\"file\":\"relu__plain__2.safetensors\",\"op\":\"relu\",\"variant\":\"plain\","
            + "\"backend\":\"reference\",\"threads\":2,\"worst_result\":\"y\",\"scaled_error\":0.0,"
            + "\"bound\":1.0E-6,\"status\":\"pass\"}]",
        check.out().replaceAll("\\s", ""));
  }

  @Test
  void aFileThatIsNoGoldenIsNamed() throws IOException {
    Path file = folder.resolve("other.safetensors");
    try (Scope scope = Scope.open()) {
      SafeTensors.write(file, Map.of("x", scope.of(new float[] {1})), Map.of());
    }
    Commands check = check();
    assertEquals(2, check.code());
    assertEquals(
        "panorm check: " + file + ": is no golden file: its metadata has no 'op'",
        check.err().strip());
  }

  @Test
  void withoutGoldensBackendsAreComparedWithEachOther() {
    List<String> forced = Backends.forced();
    int threads = Panorm.threads();
    Commands check = Commands.run("check", "--seed", "5");
    assertEquals(0, check.code(), check.out());
    assertTrue(check.err().contains("seed 5"), check.err());
    assertTrue(check.out().contains(" 0 failed, 0 missing"), check.out());
    assertEquals(forced, Backends.forced());
    assertEquals(threads, Panorm.threads());
  }

  private Commands check(String... more) {
    String[] arguments = new String[3 + more.length];
    arguments[0] = "check";
    arguments[1] = "--goldens";
    arguments[2] = folder.toString();
    System.arraycopy(more, 0, arguments, 3, more.length);
    return Commands.run(arguments);
  }

  /** A golden whose only result is y = [0, expected] of x = [-1, 2]. */
  private void golden(
      String name, String op, String variant, double expected, Map<String, String> more)
      throws IOException {
    Map<String, String> metadata = new HashMap<>(more);
    metadata.putAll(
        Map.of("op", op, "variant", variant, "results", "y", "upstream", "dy", "inputs", "x"));
    try (Scope scope = Scope.open()) {
      Tensor x = scope.of(new float[] {-1, 2});
      SafeTensors.write(
          folder.resolve(name + ".safetensors"),
          Map.of("x", x, "dy", x, "y", scope.of(new double[] {0, expected})),
          metadata);
    }
    assertTrue(Files.exists(folder.resolve(name + ".safetensors")));
  }
}
