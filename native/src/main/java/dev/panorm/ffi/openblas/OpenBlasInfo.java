package dev.panorm.ffi.openblas;

import dev.panorm.ffi.LibrarySource;
import dev.panorm.ffi.LoadAttempt;
import java.util.List;
import java.util.Map;

/**
 * Which OpenBLAS runs, and what its speed depends on.
 *
 * @param source the kind of place that it came from
 * @param location the property, resource or name that it came from
 * @param config the library's own description of its build
 * @param core the processor that its kernels are made for
 * @param threads the threads that one call uses
 * @param parallel how the build would run in parallel, such as by POSIX threads or OpenMP
 * @param environment the environment variables that OpenBLAS reads and that are set
 * @param refused the places that were tried before
 * @param warnings what makes it slower or will stop it one day, with the remedy
 */
public record OpenBlasInfo(
    LibrarySource source,
    String location,
    String config,
    String core,
    int threads,
    String parallel,
    Map<String, String> environment,
    List<LoadAttempt> refused,
    List<String> warnings) {

  /** Keeps its own copies of the collections. */
  public OpenBlasInfo {
    environment = Map.copyOf(environment);
    refused = List.copyOf(refused);
    warnings = List.copyOf(warnings);
  }

  /** {@return the version, for example {@code 0.3.31}, or the empty string if it does not say} */
  public String version() {
    String[] words = config.split(" ", 3);
    return words.length > 1 && words[0].equals("OpenBLAS") ? words[1] : "";
  }
}
