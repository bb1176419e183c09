package dev.panorm.bench.study.named;

/** An experiment with a name. */
public interface NamedStudy {

  /** Returns the name that users type. */
  String name();

  /** Returns what it is about, in one line. */
  String line();

  /** Returns how many points {@link #run} works out, for the progress bar. */
  int points();

  /** Runs it; the same setting gives the same finding, but for times. */
  Finding run(Setting setting);
}
