package dev.panorm.bench.compare;

/** An operation that is ready to be timed: everything is allocated and looked up. */
public interface Call extends AutoCloseable {

  /** Returns which of the contender's implementations serves it. */
  String backend();

  /** Does it once. */
  void run();

  /** Puts the results of the last run where the case wants them, unless they are there already. */
  default void deliver() {}

  @Override
  default void close() {}
}
