package dev.panorm.bench.compare;

import dev.panorm.bench.print.Table;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/** What people read of a comparison: a table, and the geometric means of the ratios. */
final class ComparisonReport {

  private static final String OURS = "panorm";
  private static final String COPY = "copy";

  private final Map<String, Map<String, Measurement>> cases = new LinkedHashMap<>();

  ComparisonReport(List<Measurement> measurements) {
    for (Measurement one : measurements) {
      cases.computeIfAbsent(one.group(), key -> new LinkedHashMap<>()).put(one.impl(), one);
    }
  }

  /** Prints a row for each measurement, with Panorm's speed as a multiple of each peer's. */
  void print(PrintWriter out) {
    Table table =
        new Table(
            "op",
            "dir",
            "layout",
            "shape",
            "threads",
            "impl",
            "backend",
            "us",
            "spread",
            "GB/s",
            "of copy",
            "panorm is",
            "error");
    for (Map<String, Measurement> row : cases.values()) {
      double ours = fastest(row, impl -> impl.startsWith(OURS));
      for (Measurement one : row.values()) {
        table.add(
            one.op(),
            one.direction(),
            one.layout(),
            one.shape(),
            Integer.toString(one.threads()),
            one.impl(),
            one.backend(),
            number("%.1f", one.medianUs()),
            number("%.2f", one.spread()),
            number("%.1f", one.gbps()),
            number("%.2f", one.floorRatio()),
            isPeer(one.impl()) ? number("%.2fx", one.medianUs() / ours) : "",
            number("%.1e", one.maxError()));
      }
    }
    table.print(out);
  }

  private static double fastest(Map<String, Measurement> row, Predicate<String> wanted) {
    return row.values().stream()
        .filter(one -> wanted.test(one.impl()))
        .mapToDouble(Measurement::medianUs)
        .min()
        .orElse(Double.NaN);
  }

  private static boolean isPeer(String impl) {
    return !impl.startsWith(OURS) && !impl.startsWith(COPY);
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
