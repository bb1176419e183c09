package dev.panorm.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryLoaderTest {

  private static final String PROPERTY = "panorm.test.library.path";
  private static final NativePlatform PLATFORM = new NativePlatform("linux", "x86_64");

  @TempDir private Path temporary;

  @AfterEach
  void clearProperty() {
    System.clearProperty(PROPERTY);
  }

  @Test
  void theMessageListsEveryPlaceWithItsOwnReason() throws IOException {
    Path text = Files.writeString(temporary.resolve("text.so"), "no library");
    System.setProperty(PROPERTY, text.toString());
    NativeLibraryException failure =
        assertThrows(
            NativeLibraryException.class,
            () -> loader(List.of("libgone.so"), List.of("libnowhere.so.9")).load());

    assertEquals(
        List.of(LibrarySource.PROPERTY, LibrarySource.BUNDLED, LibrarySource.SYSTEM),
        failure.attempts().stream().map(LoadAttempt::source).toList());
    assertReason(failure.attempts().get(0), text.toString(), "too short");
    assertReason(
        failure.attempts().get(1), "no/such/directory/libgone.so", "not on the class path");
    assertReason(failure.attempts().get(2), "libnowhere.so.9", "No such file");
    failure
        .attempts()
        .forEach(attempt -> assertTrue(failure.toString().contains(attempt.toString())));
    assertTrue(failure.toString().contains("Test library"), failure.toString());
    assertTrue(failure.toString().contains("linux-x86_64"), failure.toString());
    assertTrue(failure.toString().endsWith("Remedy: install it"), failure.toString());
  }

  @Test
  void saysThatAFileIsMissing() {
    System.setProperty(PROPERTY, temporary.resolve("gone.so").toString());
    assertReason(firstAttempt(), "gone.so", "no such file");
  }

  @Test
  void saysThatAPathIsADirectory() {
    System.setProperty(PROPERTY, temporary.toString());
    assertReason(firstAttempt(), temporary.toString(), "not a regular file");
  }

  @Test
  void saysThatThePropertyIsNotSet() {
    assertReason(firstAttempt(), PROPERTY, "not set");
  }

  @Test
  void saysThatNothingIsBundledForThePlatform() {
    NativeLibraryException failure =
        assertThrows(NativeLibraryException.class, () -> loader(List.of(), List.of()).load());
    assertReason(failure.attempts().get(1), "no/such/directory", "no build for linux-x86_64");
  }

  @Test
  void whatTheLibraryLacksIsAReasonToGoOn() {
    NativeLibraryException failure =
        assertThrows(
            NativeLibraryException.class,
            () ->
                loader(List.of(), List.of("libc.so.6"), library -> Optional.of("it is too old"))
                    .load());
    assertReason(failure.attempts().getLast(), "libc.so.6", "it is too old");
  }

  @Test
  void theSystemServesWhereTheOthersDoNot() {
    LoadedLibrary library = loader(List.of(), List.of("libnowhere.so.9", "libc.so.6")).load();
    assertEquals(LibrarySource.SYSTEM, library.source());
    assertEquals("libc.so.6", library.location());
    assertEquals(3, library.refused().size());
    assertTrue(library.symbols().find("malloc").isPresent());
  }

  private LoadAttempt firstAttempt() {
    return assertThrows(
            NativeLibraryException.class,
            () -> loader(List.of(), List.of("libnowhere.so.9")).load())
        .attempts()
        .getFirst();
  }

  private NativeLibraryLoader loader(List<String> bundled, List<String> system) {
    return loader(bundled, system, library -> Optional.empty());
  }

  private NativeLibraryLoader loader(
      List<String> bundled, List<String> system, Function<SymbolLookup, Optional<String>> refusal) {
    NativeLibrarySpec spec =
        new NativeLibrarySpec(
            "Test library", PROPERTY, "no/such/directory", bundled, system, refusal, "install it");
    return new NativeLibraryLoader(
        spec, PLATFORM, NativeLibraryLoaderTest.class.getClassLoader(), temporary);
  }

  private static void assertReason(LoadAttempt attempt, String location, String reason) {
    assertTrue(attempt.location().contains(location), attempt.toString());
    assertTrue(attempt.reason().contains(reason), attempt.toString());
  }
}
