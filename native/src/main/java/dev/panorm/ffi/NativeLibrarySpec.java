package dev.panorm.ffi;

import java.lang.foreign.SymbolLookup;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a native library is called in each place where it may be found, and what it must offer.
 *
 * @param name the name for messages
 * @param pathProperty the system property that names a file
 * @param bundledDirectory the class-path directory of the bundled files, ending in the platform's
 *     classifier
 * @param bundledFiles the bundled files in the order of their dependencies, the library itself
 *     last; empty where none is bundled for this platform
 * @param systemNames the names to ask the operating system for, in order
 * @param refusal says why an opened library cannot serve, or nothing if it can
 * @param remedy what a user can do when no place provides the library
 */
public record NativeLibrarySpec(
    String name,
    String pathProperty,
    String bundledDirectory,
    List<String> bundledFiles,
    List<String> systemNames,
    Function<SymbolLookup, Optional<String>> refusal,
    String remedy) {

  /** Keeps its own copies of the lists. */
  public NativeLibrarySpec {
    bundledFiles = List.copyOf(bundledFiles);
    systemNames = List.copyOf(systemNames);
  }
}
