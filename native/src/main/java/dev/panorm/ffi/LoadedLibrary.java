package dev.panorm.ffi;

import java.lang.foreign.SymbolLookup;
import java.util.List;

/**
 * An open native library. It stays open as long as the JVM runs, since its own threads may.
 *
 * @param symbols its functions by name
 * @param source the kind of place that provided it
 * @param location the path, resource or name that provided it
 * @param refused the places tried before
 */
public record LoadedLibrary(
    SymbolLookup symbols, LibrarySource source, String location, List<LoadAttempt> refused) {

  /** Keeps its own copy of the list. */
  public LoadedLibrary {
    refused = List.copyOf(refused);
  }
}
