package dev.panorm.internal.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.PanormException;
import dev.panorm.kernels.KernelCatalog;
import dev.panorm.kernels.KernelProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClProgramCacheTest {

  private static final KernelProgram COPY = KernelCatalog.program("copy");
  private static final String ARGUMENTS = "-cl-std=CL1.2 -DDTYPE=32 -DLS=1 -DVW=8 -DNT=0";

  private final ClContext context = TestDevices.open(LaunchProfile.CPU);

  @TempDir Path folder;

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.toList();
    }
  }

  @Test
  void compilesOnceInAProcess() {
    ClProgramCache cache = context.programs(null);
    assertSame(cache.get(COPY, ARGUMENTS), cache.get(COPY, ARGUMENTS));
  }

  @Test
  void keepsOneFilePerVariant() throws IOException {
    context.programs(folder).get(COPY, ARGUMENTS);
    context.programs(folder).get(COPY, ARGUMENTS);
    assertEquals(1, files().size());
    context.programs(folder).get(COPY, ARGUMENTS + " -DMORE=1");
    assertEquals(2, files().size());
  }

  @Test
  void compilesAgainWhereAFileIsDamaged() throws IOException {
    context.programs(folder).get(COPY, ARGUMENTS);
    Path file = files().getFirst();
    byte[] whole = Files.readAllBytes(file);
    assertNotEquals(0, whole.length);
    Files.write(file, new byte[] {1, 2, 3});
    assertNotNull(context.programs(folder).get(COPY, ARGUMENTS));
    assertArrayEquals(whole, Files.readAllBytes(file));
  }

  @Test
  void worksWhereItCannotWrite() throws IOException {
    Path occupied = Files.createFile(folder.resolve("file"));
    assertNotNull(context.programs(occupied).get(COPY, ARGUMENTS));
  }

  @Test
  void showsTheCompilersLog() {
    String message =
        String.valueOf(
            assertThrows(
                    PanormException.class,
                    () -> context.programs(null).get(COPY, ARGUMENTS + " -Dload=nonsense("))
                .getMessage());
    assertTrue(message.startsWith("opencl: program copy does not compile with '"), message);
    assertTrue(message.contains("error"), message);
  }
}
