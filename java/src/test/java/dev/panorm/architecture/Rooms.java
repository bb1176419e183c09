package dev.panorm.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The rooms of the library from the ground up, and who may look into which: a room sees those below
 * it and nothing else. The backends are found as services, so no room sees one, and none sees its
 * siblings.
 */
record Rooms(String base) {

  private static final String BACKENDS = "internal.backend.";
  private static final String SHARED_BY_BACKENDS = "internal.backend.cpu";
  private static final String ROOT = "";

  /** The highest room that a backend sees. */
  private static final String BACKEND_FACE = "backend";

  private static final List<String> GROUND_UP =
      List.of(
          "internal.memory",
          "internal.random",
          ROOT,
          "internal.check",
          "internal.parallel",
          BACKEND_FACE,
          "ops",
          "autograd",
          "init",
          "regularize",
          "nn",
          "optim",
          "io",
          "data",
          "train",
          "distributed");

  /** Modules of their own, which the library depends on. */
  private static final List<String> MODULES_BELOW = List.of("ffi", "kernels");

  /** Rooms that others compile against; everything else is internal. */
  static final Set<String> PUBLIC =
      Set.of(
          ROOT,
          BACKEND_FACE,
          "ops",
          "autograd",
          "init",
          "regularize",
          "nn",
          "optim",
          "io",
          "data",
          "train",
          "distributed");

  /** Returns the room of a class, or nothing for a class from elsewhere. */
  Optional<String> of(JavaClass type) {
    String name = type.getBaseComponentType().getPackageName();
    if (name.equals(base)) {
      return Optional.of(ROOT);
    }
    if (!name.startsWith(base + ".")) {
      return Optional.empty();
    }
    String below = name.substring(base.length() + 1);
    if (MODULES_BELOW.stream().anyMatch(m -> below.equals(m) || below.startsWith(m + "."))) {
      return Optional.empty();
    }
    if (below.startsWith(BACKENDS)) {
      int end = below.indexOf('.', BACKENDS.length());
      return Optional.of(end < 0 ? below : below.substring(0, end));
    }
    return Optional.of(
        GROUND_UP.stream()
            .filter(room -> !room.isEmpty())
            .filter(room -> below.equals(room) || below.startsWith(room + "."))
            .findFirst()
            .orElse(below));
  }

  /** Tells whether the plan has this room at all. */
  boolean isPlanned(String room) {
    return GROUND_UP.contains(room) || room.startsWith(BACKENDS);
  }

  /** Tells whether a class in the first room may use one in the second. */
  boolean maySee(String from, String to) {
    if (from.equals(to)) {
      return true;
    }
    if (from.startsWith(BACKENDS)) {
      return to.startsWith(BACKENDS)
          ? to.equals(SHARED_BY_BACKENDS)
          : isBelow(to, BACKEND_FACE) || to.equals(BACKEND_FACE);
    }
    return !to.startsWith(BACKENDS) && isBelow(to, from);
  }

  private static boolean isBelow(String low, String high) {
    return GROUND_UP.contains(low) && GROUND_UP.indexOf(low) < GROUND_UP.indexOf(high);
  }
}
