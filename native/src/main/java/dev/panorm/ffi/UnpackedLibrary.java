package dev.panorm.ffi;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;

/**
 * Class-path resources copied into a fresh directory that only this user can enter. The directory's
 * name is random and nothing is ever reused, so neither another user nor a second JVM that starts
 * at the same moment can put a file where this one looks. Closing it deletes everything, which on
 * Linux is right as soon as the libraries are open.
 */
final class UnpackedLibrary implements AutoCloseable {

  private static final String OWNER_ONLY_DIRECTORY = "rwx------";
  private static final String OWNER_ONLY_FILE = "rw-------";

  private final Path directory;
  private final List<String> files;

  private UnpackedLibrary(Path directory, List<String> files) {
    this.directory = directory;
    this.files = files;
  }

  /**
   * Unpacks resources and checks what lies on the disk against what was read from the class path.
   *
   * @param parent where to make the directory
   * @param loader who has the resources
   * @param resourceDirectory their class-path directory
   * @param files their names
   * @return the copies
   * @throws FileNotFoundException if a resource is missing
   * @throws IOException if writing fails or the copy differs from the resource
   */
  static UnpackedLibrary unpack(
      Path parent, ClassLoader loader, String resourceDirectory, List<String> files)
      throws IOException {
    Path directory =
        Files.createTempDirectory(
            parent,
            "panorm-",
            PosixFilePermissions.asFileAttribute(
                PosixFilePermissions.fromString(OWNER_ONLY_DIRECTORY)));
    UnpackedLibrary unpacked = new UnpackedLibrary(directory, List.copyOf(files));
    try {
      for (String file : files) {
        copy(loader, resourceDirectory + "/" + file, unpacked.path(file));
      }
      return unpacked;
    } catch (IOException | RuntimeException failure) {
      unpacked.close();
      throw failure;
    }
  }

  Path path(String file) {
    return directory.resolve(file);
  }

  @Override
  public void close() {
    try {
      for (String file : files) {
        Files.deleteIfExists(path(file));
      }
      Files.deleteIfExists(directory);
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot delete " + directory, failure);
    }
  }

  private static void copy(ClassLoader loader, String resource, Path target) throws IOException {
    MessageDigest digest = sha256();
    try (InputStream in = loader.getResourceAsStream(resource)) {
      if (in == null) {
        throw new FileNotFoundException("not on the class path");
      }
      try (OutputStream out = newPrivateFile(target);
          DigestInputStream digested = new DigestInputStream(in, digest)) {
        digested.transferTo(out);
      }
    }
    verify(target, digest.digest());
  }

  /** Fails unless the bytes of {@code file} have the given SHA-256. */
  static void verify(Path file, byte[] expected) throws IOException {
    MessageDigest digest = sha256();
    try (DigestInputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    byte[] found = digest.digest();
    if (!MessageDigest.isEqual(expected, found)) {
      HexFormat hex = HexFormat.of();
      throw new IOException(
          file.getFileName()
              + " has SHA-256 "
              + hex.formatHex(found)
              + " after unpacking, expected "
              + hex.formatHex(expected));
    }
  }

  private static OutputStream newPrivateFile(Path file) throws IOException {
    return Channels.newOutputStream(
        Files.newByteChannel(
            file,
            EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(
                PosixFilePermissions.fromString(OWNER_ONLY_FILE))));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every Java platform has SHA-256", impossible);
    }
  }
}
