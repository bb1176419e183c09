package dev.panorm.internal.backend.reference;

import dev.panorm.backend.NormStats;
import org.jspecify.annotations.Nullable;

/** The statistics that forward saves for backward, a mean of two parts put together. */
record SavedStats(@Nullable Elements high, @Nullable Elements low, Elements rstd) {

  static SavedStats read(NormStats saved) {
    return new SavedStats(
        Elements.readOptional(saved.mean()),
        Elements.readOptional(saved.meanLow()),
        Elements.read(saved.rstd()));
  }

  static SavedStats write(NormStats saved) {
    return new SavedStats(
        Elements.writeOptional(saved.mean()),
        Elements.writeOptional(saved.meanLow()),
        Elements.write(saved.rstd()));
  }

  void set(long statistic, double mean, double scale) {
    if (high != null) {
      high.set(statistic, mean);
    }
    if (low != null) {
      low.set(statistic, mean - (float) mean);
    }
    rstd.set(statistic, scale);
  }

  double mean(long statistic) {
    return (high == null ? 0 : high.get(statistic)) + (low == null ? 0 : low.get(statistic));
  }

  double rstd(long statistic) {
    return rstd.get(statistic);
  }
}
