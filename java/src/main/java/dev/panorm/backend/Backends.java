package dev.panorm.backend;

import dev.panorm.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The ladder of backends: finds the first that serves a request.
 *
 * <p>The automatic choice asks every backend of the machine in order of {@link Backend#rank()} and
 * steps down where one declines. Backends that the user names, by the system property {@value
 * #PROPERTY} (comma-separated, in the order to ask) or by {@link #force}, are the whole ladder:
 * where none of them serves, the request fails with every reason.
 */
public final class Backends {

  /**
   * System property: names of the backends to use, comma-separated; empty for the automatic choice.
   */
  public static final String PROPERTY = "panorm.backend";

  private static final long TYPICAL_ELEMENTS = 1 << 20;

  private static final List<Backend> ALL =
      ServiceLoader.load(Backend.class, Backends.class.getClassLoader()).stream()
          .map(ServiceLoader.Provider::get)
          .sorted(Comparator.comparingInt(Backend::rank))
          .toList();

  /** Absent until somebody asks, so that a wrong property fails there and not while loading. */
  private static volatile @Nullable Ladder ladder;

  private Backends() {}

  /** The rungs in use, as every call of an operation walks them. */
  private static final class Ladder {
    final List<String> forced;
    final boolean automatic;
    final Backend[] rungs;

    Ladder(List<String> forced, Stream<Backend> rungs) {
      this.forced = forced;
      this.automatic = forced.isEmpty();
      this.rungs = rungs.toArray(Backend[]::new);
    }

    List<String> names() {
      return Arrays.stream(rungs).map(Backend::name).toList();
    }
  }

  private static Ladder current() {
    Ladder present = ladder;
    if (present == null) {
      present = fromProperty();
      ladder = present;
    }
    return present;
  }

  private static Ladder fromProperty() {
    String names = System.getProperty(PROPERTY, "").strip();
    return names.isEmpty()
        ? automatic()
        : named(Arrays.stream(names.split(",")).map(String::strip).toList());
  }

  private static Ladder automatic() {
    return new Ladder(List.of(), ALL.stream().filter(b -> b.available() instanceof Support.Yes));
  }

  private static Ladder named(List<String> names) {
    return new Ladder(List.copyOf(names), names.stream().map(Backends::named));
  }

  private static Backend named(String name) {
    Backend backend =
        ALL.stream()
            .filter(b -> b.name().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    new BackendUnavailableException(
                        "backend: " + name + " does not exist, expected one of " + names()));
    if (backend.available() instanceof Support.No no) {
      throw new BackendUnavailableException(
          "backend: " + name + " was asked for and is not available: " + no);
    }
    return backend;
  }

  /** Returns the names of all backends, in order, whether this machine can run them or not. */
  public static List<String> names() {
    return ALL.stream().map(Backend::name).toList();
  }

  /** Returns the names of the backends that this machine can run, in order. */
  public static List<String> available() {
    return automatic().names();
  }

  /**
   * Makes these backends the whole ladder of the process, in this order; without names, returns to
   * the automatic choice.
   *
   * @throws BackendUnavailableException if one does not exist or this machine cannot run it;
   *     nothing changes then
   */
  public static void force(String... names) {
    ladder = names.length == 0 ? automatic() : named(List.of(names));
  }

  /** Returns the names that are forced now, empty where the choice is automatic. */
  public static List<String> forced() {
    return current().forced;
  }

  /**
   * Returns the backend that serves a request.
   *
   * @param elements size of the operation's largest operand
   * @throws BackendUnavailableException if none does
   */
  public static Backend select(Operation operation, DType dtype, long elements) {
    return select(operation, dtype, elements, 0);
  }

  /**
   * As {@link #select(Operation, DType, long)}, for a matrix product.
   *
   * @param shortest smallest of its three sizes
   */
  public static Backend select(Operation operation, DType dtype, long elements, long shortest) {
    Ladder present = current();
    boolean automatic = present.automatic;
    for (Backend backend : present.rungs) {
      if ((!automatic || backend.worthwhile(operation, dtype, elements, shortest))
          && backend.supports(operation, dtype, elements) instanceof Support.Yes) {
        return backend;
      }
    }
    throw new BackendUnavailableException(refusals(present, operation, dtype, elements));
  }

  /**
   * Returns the backend that serves a request where the caller itself addresses the host's memory,
   * as kernels do that are made of others: none that works on a device.
   *
   * @param elements size of the operation's largest operand
   * @throws BackendUnavailableException if none does
   */
  public static Backend selectOnHost(Operation operation, DType dtype, long elements) {
    Backend backend = select(operation, dtype, elements);
    return backend.deviceClock() == null ? backend : below(backend, operation, dtype, elements);
  }

  /**
   * Returns the rung that would serve a request if a backend were not there, whatever is forced:
   * for a backend that hands over a part of the work, and says so in its details.
   *
   * @throws BackendUnavailableException if none does
   */
  public static Backend below(Backend backend, Operation operation, DType dtype, long elements) {
    return ALL.stream()
        .filter(
            other ->
                !other.name().equals(backend.name()) && other.available() instanceof Support.Yes)
        .filter(other -> other.supports(operation, dtype, elements) instanceof Support.Yes)
        .filter(other -> other.worthwhile(operation, dtype, elements, 0))
        .findFirst()
        .orElseThrow(
            () ->
                new BackendUnavailableException(
                    "backend: nothing but " + backend.name() + " could serve " + operation));
  }

  private static String refusals(Ladder ladder, Operation operation, DType dtype, long elements) {
    String reasons =
        Arrays.stream(ladder.rungs)
            .map(b -> b.name() + ": " + b.supports(operation, dtype, elements))
            .collect(Collectors.joining("; "));
    return "backend: none of "
        + ladder.names()
        + " serves "
        + operation
        + " of "
        + dtype
        + " with "
        + elements
        + " elements. "
        + reasons;
  }

  /** Returns the ladder as it stands, with every refusal and its remedy. */
  public static BackendReport report() {
    List<BackendReport.Rung> rungs = new ArrayList<>();
    for (Backend backend : ALL) {
      Support available = backend.available();
      boolean usable = available instanceof Support.Yes;
      rungs.add(
          new BackendReport.Rung(
              backend.name(),
              available,
              usable ? serves(backend) : Map.of(),
              usable ? backend.details() : Map.of()));
    }
    return new BackendReport(forced(), List.copyOf(rungs));
  }

  private static Map<String, Support> serves(Backend backend) {
    Map<String, Support> serves = new LinkedHashMap<>();
    for (Operation operation : Operation.values()) {
      for (DType dtype : DType.values()) {
        if (dtype.isFloating()) {
          serves.put(operation + " " + dtype, backend.supports(operation, dtype, TYPICAL_ELEMENTS));
        }
      }
    }
    return serves;
  }
}
