package dev.panorm.bench.check;

/**
 * What became of a case on a backend.
 *
 * @param worstResult the result that is off farthest, empty where there is none
 * @param scaledError how far; NaN where a value is not finite that should be, or was not computed
 * @param note why it is missing or failed, empty where the figures say it
 */
record Outcome(
    String file,
    String op,
    String variant,
    String backend,
    int threads,
    String worstResult,
    double scaledError,
    double bound,
    Status status,
    String note) {

  /** How it ended. */
  enum Status {
    /** Inside its bound. */
    PASS,
    /** Over its bound, or an exception. */
    FAIL,
    /** Not run. */
    MISSING;

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }
}
