package dev.panorm.bench.check;

/** Runs the cases of one operation through the public API. */
@FunctionalInterface
interface Runner {

  /** Computes the results of a case. */
  void run(Run run);
}
