package dev.panorm.ffi.openblas;

import dev.panorm.ffi.CStrings;
import dev.panorm.ffi.Downcalls;
import dev.panorm.ffi.LoadedLibrary;
import dev.panorm.ffi.NativeAccess;
import dev.panorm.ffi.NativeLibraryException;
import dev.panorm.ffi.NativeLibraryLoader;
import dev.panorm.ffi.NativeLibrarySpec;
import dev.panorm.ffi.NativePlatform;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where OpenBLAS is looked for and which build of it serves. */
final class OpenBlasLibrary {

  private static final List<String> LINUX_BUNDLE =
      List.of("libgcc_s.so.1", "libquadmath.so.0", "libgfortran.so.5", "libopenblas.so.0");
  private static final String REMEDY =
      "put org.bytedeco:openblas with this platform's classifier on the class path (not on the"
          + " module path), or install libopenblas, or name a file with -Dpanorm.openblas.path";

  private OpenBlasLibrary() {}

  static NativeLibrarySpec spec(NativePlatform platform) {
    return new NativeLibrarySpec(
        "OpenBLAS",
        "panorm.openblas.path",
        "org/bytedeco/openblas/" + platform.classifier(),
        platform.isLinux() ? bundleFor(platform) : List.of(),
        systemNames(platform),
        OpenBlasLibrary::refusal,
        REMEDY);
  }

  /**
   * Opens the library once per JVM.
   *
   * @throws NativeLibraryException if no place provides it, the same one every time
   */
  static LoadedLibrary open() {
    if (Outcome.ONCE.failure() != null) {
      throw Outcome.ONCE.failure();
    }
    return Objects.requireNonNull(Outcome.ONCE.opened());
  }

  /**
   * Whether the JVM had been told to allow native calls. The first call makes it look so anyway.
   */
  static boolean accessWasGranted() {
    return Outcome.ONCE.accessGranted();
  }

  private record Outcome(
      @Nullable LoadedLibrary opened,
      @Nullable NativeLibraryException failure,
      boolean accessGranted) {

    static final Outcome ONCE = attempt(NativeAccess.isEnabled());

    private static Outcome attempt(boolean granted) {
      try {
        return new Outcome(NativeLibraryLoader.load(spec(NativePlatform.current())), null, granted);
      } catch (NativeLibraryException failure) {
        return new Outcome(null, failure, granted);
      }
    }
  }

  static String config(SymbolLookup library) {
    try {
      return CStrings.read((MemorySegment) OpenBlasFunction.GET_CONFIG.bind(library).invokeExact());
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }

  private static List<String> bundleFor(NativePlatform platform) {
    return switch (platform.arch()) {
      case "x86_64" -> LINUX_BUNDLE;
      // ARM has 128-bit floating point in libgcc, so there is no libquadmath.
      case "arm64" -> List.of("libgcc_s.so.1", "libgfortran.so.5", "libopenblas.so.0");
      default -> List.of();
    };
  }

  private static List<String> systemNames(NativePlatform platform) {
    return switch (platform.os()) {
      case "macosx" -> List.of("libopenblas.dylib");
      case "windows" -> List.of("libopenblas.dll", "openblas.dll");
      default -> List.of("libopenblas.so.0", "libopenblas.so");
    };
  }

  private static Optional<String> refusal(SymbolLookup library) {
    return Arrays.stream(OpenBlasFunction.values())
        .map(OpenBlasFunction::symbol)
        .filter(symbol -> library.find(symbol).isEmpty())
        .findFirst()
        .map(symbol -> "it has no function " + symbol)
        .or(() -> wideIntegers(config(library)));
  }

  /** A build with 64-bit integers would read garbage in the upper half of every dimension. */
  private static Optional<String> wideIntegers(String config) {
    return config.contains("USE64BITINT")
        ? Optional.of("it is a build with 64-bit integers (" + config + ")")
        : Optional.empty();
  }
}
