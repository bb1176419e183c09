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
 * <p>A backend is concerned if it serves any family of kernels that the operation is made of. Where
 * it does not serve all of them, as a BLAS library that only multiplies, the vector backend and
 * then the reference do the rest.
 */
final class Ladders {

  private static final List<String> HELPERS = List.of("vector", "reference");

  private final Map<String, Map<String, Support>> serves = new LinkedHashMap<>();

  Ladders() {
    for (BackendReport.Rung rung : Backends.report().rungs()) {
      serves.put(rung.name(), rung.serves());
    }
  }

  /** Returns whether a backend serves part of an operation in any type. */
  boolean concerns(String backend, Collection<Operation> families) {
    return families.stream()
        .anyMatch(
            family ->
                serves(backend, family, DType.FLOAT32) || serves(backend, family, DType.FLOAT64));
  }

  /** Returns whether a backend serves part of an operation in a type. */
  boolean serves(String backend, Collection<Operation> families, DType dtype) {
    return families.stream().anyMatch(family -> serves(backend, family, dtype));
  }

  /** Returns the names to force for a backend. */
  List<String> of(String backend, Runners.Entry entry, DType dtype) {
    List<String> names = new ArrayList<>(List.of(backend));
    if (!servesAll(backend, entry.families(), dtype)
        || !servesAll(backend, entry.around(), dtype)) {
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
