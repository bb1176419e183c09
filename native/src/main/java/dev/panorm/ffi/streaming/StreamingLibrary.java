package dev.panorm.ffi.streaming;

import dev.panorm.ffi.Downcalls;
import dev.panorm.ffi.LoadedLibrary;
import dev.panorm.ffi.NativeLibraryException;
import dev.panorm.ffi.NativeLibraryLoader;
import dev.panorm.ffi.NativeLibrarySpec;
import dev.panorm.ffi.NativePlatform;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Opens the library that {@code native/compile.sh} builds, once per JVM.
 *
 * @param library the library, null where there is none
 * @param refusal why there is none, empty where there is one
 */
record StreamingLibrary(@Nullable LoadedLibrary library, String refusal) {

  private static final String SWITCH = "panorm.streaming";

  static final StreamingLibrary ONCE = open(NativePlatform.current());

  private static StreamingLibrary open(NativePlatform platform) {
    if ("false".equals(System.getProperty(SWITCH))) {
      return new StreamingLibrary(null, "switched off by -D" + SWITCH + "=false");
    }
    try {
      return new StreamingLibrary(NativeLibraryLoader.load(spec(platform)), "");
    } catch (NativeLibraryException e) {
      return new StreamingLibrary(null, String.valueOf(e.getMessage()));
    }
  }

  private static NativeLibrarySpec spec(NativePlatform platform) {
    boolean bundled = platform.classifier().equals("linux-x86_64");
    return new NativeLibrarySpec(
        "Panorm's loops in C",
        "panorm.streaming.path",
        "dev/panorm/ffi/streaming/" + platform.classifier(),
        bundled ? List.of("libpanorm-streaming.so") : List.of(),
        List.of(),
        StreamingLibrary::refuse,
        "build Panorm on Linux, x86-64, where there is a C compiler");
  }

  private static Optional<String> refuse(SymbolLookup symbols) {
    return lanes(symbols) == 0
        ? Optional.of("this processor has neither AVX-512 nor AVX2 with FMA")
        : Optional.empty();
  }

  /** {@return the number of float32 in the widest vectors of this processor, 0 for none} */
  static int lanes(SymbolLookup symbols) {
    try {
      return (int)
          Downcalls.bind(symbols, "panorm_lanes", FunctionDescriptor.of(ValueLayout.JAVA_INT))
              .invokeExact();
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }
}
