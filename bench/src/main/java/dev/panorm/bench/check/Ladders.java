package dev.panorm.bench.check;

import dev.panorm.DType;
import dev.panorm.backend.BackendReport;
import dev.panorm.backend.Backends;
import dev.panorm.backend.Operation;
import dev.panorm.backend.Support;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which backends an operation concerns, and on what ladder a backend is checked.
 *
 * <p>An operation concerns a backend that serves any family of kernels that it is made of. Where it
 * does not serve all of them, as a BLAS library that only multiplies, the vector backend and then
 * the reference do the rest.
 */
final class Ladders {

  private static final List<String> HELPERS = List.of("vector", "reference");

  private final Map<String, Map<String, Support>> serves = new LinkedHashMap<>();

  Ladders() {
    for (BackendReport.Rung rung : Backends.report().rungs()) {
      serves.put(rung.name(), rung.serves());
    }
  }

  /** Returns whether an operation concerns a backend in any type. */
  boolean concerns(String backend, Runners.Entry entry) {
    return concerns(backend, entry, DType.FLOAT32) || concerns(backend, entry, DType.FLOAT64);
  }

  /** Returns whether an operation concerns a backend in a type. */
  boolean concerns(String backend, Runners.Entry entry, DType dtype) {
    return entry.families().isEmpty()
        || entry.families().stream().anyMatch(family -> serves(backend, family, dtype));
  }

  /** Returns the names to force for a backend: it alone where it serves all, or nothing at all. */
  List<String> of(String backend, Runners.Entry entry, DType dtype) {
    List<String> names = new ArrayList<>(List.of(backend));
    boolean whole =
        servesAll(backend, entry.families(), dtype) && servesAll(backend, entry.around(), dtype);
    if (!whole && concerns(backend, entry, dtype)) {
      HELPERS.stream()
          .filter(name -> !names.contains(name) && Backends.available().contains(name))
          .forEach(names::add);
    }
    return names;
  }

  private boolean servesAll(String backend, Collection<Operation> families, DType dtype) {
    return families.stream().allMatch(family -> serves(backend, family, dtype));
  }

  private boolean serves(String backend, Operation family, DType dtype) {
    return serves.getOrDefault(backend, Map.of()).get(family + " " + dtype) instanceof Support.Yes;
  }
}
