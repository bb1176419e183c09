package dev.panorm.ffi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnpackedLibraryTest {

  private static final byte[] CONTENT = "not really a library".getBytes(StandardCharsets.UTF_8);

  @TempDir private Path temporary;

  @BeforeEach
  void resource() throws IOException {
    Files.createDirectories(temporary.resolve("class-path/lib"));
    Files.createDirectories(temporary.resolve("unpacked"));
    Files.write(temporary.resolve("class-path/lib/a.so"), CONTENT);
  }

  @Test
  void onlyTheOwnerCanEnterOrRead() throws IOException {
    try (UnpackedLibrary unpacked = unpack("a.so")) {
      Path file = unpacked.path("a.so");
      assertArrayEquals(CONTENT, Files.readAllBytes(file));
      assertEquals(
          PosixFilePermissions.fromString("rw-------"), Files.getPosixFilePermissions(file));
      assertEquals(
          PosixFilePermissions.fromString("rwx------"),
          Files.getPosixFilePermissions(file.getParent()));
    }
  }

  @Test
  void everyCallHasItsOwnDirectory() throws IOException {
    try (UnpackedLibrary first = unpack("a.so");
        UnpackedLibrary second = unpack("a.so")) {
      assertFalse(first.path("a.so").equals(second.path("a.so")));
    }
  }

  @Test
  void nothingRemainsAfterClosing() throws IOException {
    unpack("a.so").close();
    assertNothingUnpacked();
  }

  @Test
  void nothingRemainsWhenOneFileIsMissing() throws IOException {
    FileNotFoundException failure =
        assertThrows(FileNotFoundException.class, () -> unpack("a.so", "missing.so"));
    assertTrue(failure.toString().contains("class path"), failure.toString());
    assertNothingUnpacked();
  }

  @Test
  void aChangedFileIsFound() throws Exception {
    byte[] expected = MessageDigest.getInstance("SHA-256").digest(CONTENT);
    try (UnpackedLibrary unpacked = unpack("a.so")) {
      Path file = unpacked.path("a.so");
      UnpackedLibrary.verify(file, expected);
      byte[] changed = CONTENT.clone();
      changed[3] ^= 1;
      Files.write(file, changed);
      IOException failure =
          assertThrows(IOException.class, () -> UnpackedLibrary.verify(file, expected));
      assertTrue(failure.toString().contains("a.so has SHA-256"), failure.toString());
    }
  }

  private UnpackedLibrary unpack(String... files) throws IOException {
    URL[] classPath = {temporary.resolve("class-path").toUri().toURL()};
    try (URLClassLoader loader = new URLClassLoader(classPath, null)) {
      return UnpackedLibrary.unpack(temporary.resolve("unpacked"), loader, "lib", List.of(files));
    }
  }

  private void assertNothingUnpacked() throws IOException {
    try (Stream<Path> left = Files.list(temporary.resolve("unpacked"))) {
      assertEquals(List.of(), left.toList());
    }
  }
}
