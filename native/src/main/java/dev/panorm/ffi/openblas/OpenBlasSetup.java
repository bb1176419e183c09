package dev.panorm.ffi.openblas;

import dev.panorm.ffi.CStrings;
import dev.panorm.ffi.Downcalls;
import dev.panorm.ffi.LoadedLibrary;
import dev.panorm.ffi.NativeAccess;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Sets the one thread that each call gets and finds out what was opened. */
final class OpenBlasSetup {

  /** Variables that make OpenBLAS run kernels other than those that it would choose. */
  private static final List<String> FORCE_KERNELS =
      List.of("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE");

  private OpenBlasSetup() {}

  static OpenBlasInfo run() {
    LoadedLibrary library = OpenBlasLibrary.open();
    Map<String, String> environment = relevant(System.getenv());
    try {
      OpenBlasHandles.SET_NUM_THREADS.invokeExact(1);
      String core = CStrings.read((MemorySegment) OpenBlasHandles.GET_CORENAME.invokeExact());
      return new OpenBlasInfo(
          library.source(),
          library.location(),
          OpenBlasLibrary.config(library.symbols()),
          core,
          (int) OpenBlasHandles.GET_NUM_THREADS.invokeExact(),
          parallelism((int) OpenBlasHandles.GET_PARALLEL.invokeExact()),
          environment,
          library.refused(),
          warnings(environment, core, OpenBlasLibrary.accessWasGranted()));
    } catch (Throwable thrown) {
      throw Downcalls.unexpected(thrown);
    }
  }

  static Map<String, String> relevant(Map<String, String> environment) {
    Map<String, String> found = new TreeMap<>();
    environment.forEach(
        (name, value) -> {
          if (name.startsWith("OPENBLAS_")
              || name.startsWith("GOTO_")
              || name.equals("OMP_NUM_THREADS")) {
            found.put(name, value);
          }
        });
    return found;
  }

  static List<String> warnings(
      Map<String, String> environment, String core, boolean accessGranted) {
    List<String> warnings = new ArrayList<>();
    for (String name : FORCE_KERNELS) {
      if (environment.containsKey(name)) {
        warnings.add(
            "%s=%s makes OpenBLAS run its %s kernels, which can halve the speed; unset it"
                .formatted(name, environment.get(name), core));
      }
    }
    if (!accessGranted) {
      warnings.add("native access was not granted; add " + NativeAccess.flag());
    }
    return warnings;
  }

  private static String parallelism(int code) {
    return switch (code) {
      case 0 -> "sequential";
      case 1 -> "pthreads";
      case 2 -> "openmp";
      default -> "unknown (" + code + ")";
    };
  }
}
