package dev.panorm.ffi.openblas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.ffi.LibrarySource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OpenBlasLoadingTest {

  private static final String GRANTED = "--enable-native-access=ALL-UNNAMED";

  @TempDir private Path temporary;

  @ParameterizedTest
  @EnumSource(OpenBlasFunction.class)
  void everyFunctionIsThere(OpenBlasFunction function) {
    assertTrue(OpenBlasLibrary.open().symbols().find(function.symbol()).isPresent());
  }

  @Test
  void saysWhatRuns() {
    OpenBlasInfo info = OpenBlas.load().info();
    assertEquals(LibrarySource.BUNDLED, info.source());
    assertTrue(info.location().endsWith("libopenblas.so.0"), info.location());
    assertTrue(info.version().matches("\\d+\\.\\d+\\.\\d+.*"), info.config());
    assertTrue(info.config().contains("DYNAMIC_ARCH"), info.config());
    assertTrue(!info.core().isEmpty());
    assertEquals(1, info.threads());
    assertEquals("pthreads", info.parallel());
  }

  @Test
  void aForcedCoreIsReported() {
    Map<String, String> relevant =
        OpenBlasSetup.relevant(
            Map.of("OPENBLAS_CORETYPE", "Haswell", "OMP_NUM_THREADS", "4", "HOME", "here"));
    assertEquals(Map.of("OPENBLAS_CORETYPE", "Haswell", "OMP_NUM_THREADS", "4"), relevant);
    List<String> warnings = OpenBlasSetup.warnings(relevant, "Haswell", true);
    assertEquals(1, warnings.size());
    assertTrue(warnings.getFirst().contains("OPENBLAS_CORETYPE=Haswell"));
    assertTrue(warnings.getFirst().contains("halve the speed"));
    assertEquals(List.of(), OpenBlasSetup.warnings(Map.of(), "Haswell", true));
  }

  @Test
  void theMissingFlagIsNamed() {
    List<String> warnings = OpenBlasSetup.warnings(Map.of(), "Zen", false);
    assertEquals(1, warnings.size());
    assertTrue(warnings.getFirst().contains("--enable-native-access="), warnings.getFirst());
  }

  @Test
  void twoJvmsMayStartAtOnce() throws Exception {
    List<Process> both = List.of(start(GRANTED), start(GRANTED));
    for (Process process : both) {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, process.waitFor(), output);
      assertEquals("BUNDLED 19.0", output.strip());
    }
    try (Stream<Path> left = Files.list(temporary)) {
      assertEquals(List.of(), left.filter(Files::isDirectory).toList());
    }
  }

  @Test
  void deniedNativeAccessNamesTheFlag() throws Exception {
    Process process = start("--illegal-native-access=deny", "--enable-native-access=java.base");
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(1, process.waitFor(), output);
    assertTrue(output.contains("denies native access"), output);
    assertTrue(output.contains("--enable-native-access=ALL-UNNAMED"), output);
  }

  private Process start(String... flags) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(flags));
    command.add("-Djava.io.tmpdir=" + temporary);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(LoadInOwnJvm.class.getName());
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .directory(temporary.toFile())
        .start();
  }
}
