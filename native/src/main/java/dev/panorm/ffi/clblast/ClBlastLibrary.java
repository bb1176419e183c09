package dev.panorm.ffi.clblast;

import dev.panorm.ffi.LoadAttempt;
import dev.panorm.ffi.LoadedLibrary;
import dev.panorm.ffi.NativeLibraryException;
import dev.panorm.ffi.NativeLibraryLoader;
import dev.panorm.ffi.NativeLibrarySpec;
import dev.panorm.ffi.NativePlatform;
import java.lang.foreign.SymbolLookup;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where CLBlast is looked for, once per JVM. Panorm bundles none, since few machines have a use for
 * it.
 *
 * @param library the library, null where there is none
 * @param refusal why there is none, empty where there is one
 */
record ClBlastLibrary(@Nullable LoadedLibrary library, String refusal) {

  static final ClBlastLibrary ONCE = open(NativePlatform.current());

  static ClBlastLibrary open(NativePlatform platform) {
    try {
      return new ClBlastLibrary(NativeLibraryLoader.load(spec(platform)), "");
    } catch (NativeLibraryException failure) {
      return new ClBlastLibrary(
          null,
          failure.attempts().stream().map(LoadAttempt::toString).collect(Collectors.joining("; ")));
    }
  }

  static NativeLibrarySpec spec(NativePlatform platform) {
    return new NativeLibrarySpec(
        "CLBlast",
        ClBlast.PATH_PROPERTY,
        "dev/panorm/ffi/clblast/" + platform.classifier(),
        List.of(),
        switch (platform.os()) {
          case "macosx" -> List.of("libclblast.dylib");
          case "windows" -> List.of("clblast.dll");
          default -> List.of("libclblast.so.1", "libclblast.so");
        },
        ClBlastLibrary::refuse,
        ClBlast.REMEDY);
  }

  private static Optional<String> refuse(SymbolLookup symbols) {
    return Arrays.stream(ClBlastFunction.values())
        .map(ClBlastFunction::symbol)
        .filter(symbol -> symbols.find(symbol).isEmpty())
        .findFirst()
        .map(symbol -> "it has no function " + symbol);
  }
}
