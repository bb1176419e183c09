package dev.panorm.bench.compare;

import dev.panorm.bench.task.Task;
import java.util.Map;

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
   * Returns a name that peers share which can live in one process: two builds of one native library
   * cannot.
   */
  default String process() {
    return name();
  }

  /**
   * Loads the library.
   *
   * @param threads how many threads an operation may use
   * @throws UnavailableException where it does not run here
   */
  void open(int threads);

  /** Returns what really runs: versions, instruction set, threads; in display order. */
  Map<String, String> details();

  /** Called before its calls are run, after those of others. */
  default void enter() {}

  /**
   * Returns a task ready to run on its memory.
   *
   * @throws UnavailableException where the library has nothing for it
   */
  Call call(Task task);

  @Override
  default void close() {}
}
