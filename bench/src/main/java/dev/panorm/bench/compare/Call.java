package dev.panorm.bench.compare;

/** A task that a contender has prepared: everything that is not the task itself is done before. */
public interface Call extends AutoCloseable {

  /** Returns which of the contender's implementations serves it. */
  String backend();

  /** Does it once. */
  void run();

  /** Does it several times and returns how many nanoseconds that took. */
  default long time(int calls) {
    long start = System.nanoTime();
    for (int i = 0; i < calls; i++) {
      run();
    }
    return System.nanoTime() - start;
  }

  /** Puts the results of the last run where the task wants them, unless they are there already. */
  default void deliver() {}

  @Override
  default void close() {}

  /** Returns a call that has nothing to deliver and nothing to close. */
  static Call of(String backend, Runnable work) {
    return new Call() {
      @Override
      public String backend() {
        return backend;
      }

      @Override
      public void run() {
        work.run();
      }
    };
  }
}
