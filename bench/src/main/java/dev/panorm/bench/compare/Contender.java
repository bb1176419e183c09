package dev.panorm.bench.compare;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A library that is measured, called as its own users would call it who care for speed: by its
 * lowest public interface, on memory that is there before.
 *
 * <p>Implementations are services with a public constructor that loads nothing: {@link #open} does.
 */
public interface Contender extends AutoCloseable {

  /** Returns the name as users and reports write it. */
  String name();

  /**
   * Loads the library.
   *
   * @param threads how many threads an operation may use
   */
  void open(int threads);

  /** Returns what really runs: versions, instruction set, threads; in display order. */
  Map<String, String> details();

  /** Called before its calls are run, after those of others. */
  default void enter() {}

  /** Returns a norm ready to run on the memory of a case; null where the library has none. */
  @Nullable Call norm(NormCase norm, Direction direction, NormData data);

  @Override
  default void close() {}
}
