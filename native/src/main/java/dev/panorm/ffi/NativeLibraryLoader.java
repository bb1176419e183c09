package dev.panorm.ffi;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Opens a native library without JNI: the file that a system property names, else the one bundled
 * on the class path, else the system's.
 *
 * <p>Libraries are opened for the life of the JVM. A place that fails is remembered with its reason
 * and the next one is tried.
 */
public final class NativeLibraryLoader {

  private static final System.Logger LOG = System.getLogger(NativeLibraryLoader.class.getName());

  private final NativeLibrarySpec spec;
  private final NativePlatform platform;
  private final ClassLoader resources;
  private final Path unpackParent;
  private final List<LoadAttempt> refused = new ArrayList<>();

  NativeLibraryLoader(
      NativeLibrarySpec spec, NativePlatform platform, ClassLoader resources, Path unpackParent) {
    this.spec = spec;
    this.platform = platform;
    this.resources = resources;
    this.unpackParent = unpackParent;
  }

  /**
   * Opens a library.
   *
   * @param spec what it is called and what it must offer
   * @return the open library
   * @throws NativeLibraryException if no place provides it
   */
  public static LoadedLibrary load(NativeLibrarySpec spec) {
    ClassLoader own = NativeLibraryLoader.class.getClassLoader();
    return new NativeLibraryLoader(
            spec,
            NativePlatform.current(),
            own == null ? ClassLoader.getSystemClassLoader() : own,
            Path.of(System.getProperty("java.io.tmpdir")))
        .load();
  }

  LoadedLibrary load() {
    return fromProperty()
        .or(this::fromBundle)
        .or(this::fromSystem)
        .orElseThrow(
            () -> new NativeLibraryException(spec.name(), platform, refused, spec.remedy()));
  }

  private Optional<LoadedLibrary> fromProperty() {
    String value = System.getProperty(spec.pathProperty());
    String location = "-D" + spec.pathProperty() + (value == null ? "" : "=" + value);
    if (value == null) {
      return refuse(LibrarySource.PROPERTY, location, "not set");
    }
    Optional<LoadedLibrary> loaded =
        attempt(LibrarySource.PROPERTY, location, () -> openFile(existingFile(value)));
    if (loaded.isEmpty()) {
      // The user asked for this very file, so going on without it deserves more than a report.
      LOG.log(System.Logger.Level.WARNING, "{0} ignored: {1}", spec.name(), refused.getLast());
    }
    return loaded;
  }

  private Optional<LoadedLibrary> fromBundle() {
    if (spec.bundledFiles().isEmpty()) {
      return refuse(
          LibrarySource.BUNDLED,
          spec.bundledDirectory(),
          "Panorm bundles no build for " + platform.classifier());
    }
    String resource = spec.bundledDirectory() + "/" + spec.bundledFiles().getLast();
    URL url = resources.getResource(resource);
    return attempt(
        LibrarySource.BUNDLED, url == null ? resource : url.toString(), this::openBundle);
  }

  private Optional<LoadedLibrary> fromSystem() {
    for (String name : spec.systemNames()) {
      Optional<LoadedLibrary> loaded = attempt(LibrarySource.SYSTEM, name, () -> openByName(name));
      if (loaded.isPresent()) {
        return loaded;
      }
    }
    return Optional.empty();
  }

  private static Path existingFile(String value) throws IOException {
    try {
      Path file = Path.of(value).toAbsolutePath();
      if (!Files.exists(file)) {
        throw new IOException("no such file");
      }
      if (!Files.isRegularFile(file)) {
        throw new IOException("not a regular file");
      }
      return file;
    } catch (InvalidPathException invalid) {
      throw new IOException("not a path: " + invalid.getReason(), invalid);
    }
  }

  /**
   * Opens a file after those of its bundled companions that lie beside it, in the order of their
   * dependencies: a library that is open already is found by its name, whereas the run path of the
   * last one does not extend to what its dependencies need.
   */
  private SymbolLookup openFile(Path file) throws IOException {
    List<String> files = spec.bundledFiles();
    for (String companion : files.subList(0, Math.max(0, files.size() - 1))) {
      Path beside = file.resolveSibling(companion);
      if (Files.isRegularFile(beside)) {
        openByPath(beside);
      }
    }
    return openByPath(file);
  }

  private SymbolLookup openBundle() throws IOException {
    try (UnpackedLibrary unpacked =
        UnpackedLibrary.unpack(
            unpackParent, resources, spec.bundledDirectory(), spec.bundledFiles())) {
      return openFile(unpacked.path(spec.bundledFiles().getLast()));
    }
  }

  @SuppressWarnings("restricted")
  private static SymbolLookup openByPath(Path file) throws IOException {
    try {
      return SymbolLookup.libraryLookup(file, Arena.global());
    } catch (IllegalArgumentException failure) {
      throw new IOException(DynamicLinkerError.explain(file.toString()), failure);
    }
  }

  @SuppressWarnings("restricted")
  private static SymbolLookup openByName(String name) throws IOException {
    try {
      return SymbolLookup.libraryLookup(name, Arena.global());
    } catch (IllegalArgumentException failure) {
      throw new IOException(DynamicLinkerError.explain(name), failure);
    }
  }

  private Optional<LoadedLibrary> attempt(LibrarySource source, String location, Opening opening) {
    try {
      SymbolLookup symbols = opening.open();
      Optional<String> refusal = spec.refusal().apply(symbols);
      return refusal.isPresent()
          ? refuse(source, location, refusal.get())
          : Optional.of(new LoadedLibrary(symbols, source, location, refused));
    } catch (IllegalCallerException denied) {
      return refuse(source, location, "the JVM denies native access; add " + NativeAccess.flag());
    } catch (IOException | RuntimeException failure) {
      return refuse(source, location, reason(failure));
    }
  }

  private Optional<LoadedLibrary> refuse(LibrarySource source, String location, String reason) {
    refused.add(new LoadAttempt(source, location, reason));
    return Optional.empty();
  }

  private static String reason(Exception failure) {
    String message = failure.getMessage();
    return message == null ? failure.getClass().getSimpleName() : message;
  }

  @FunctionalInterface
  private interface Opening {
    SymbolLookup open() throws IOException;
  }
}
