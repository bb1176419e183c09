package dev.panorm.bench.compare;

import dev.panorm.bench.print.Table;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What people read of a comparison: a table, and the geometric means of the ratios. */
final class ComparisonReport {

  private final Map<String, Map<String, Measurement>> cases = new LinkedHashMap<>();

  ComparisonReport(Collection<Measurement> measurements) {
    for (Measurement one : measurements) {
      cases.computeIfAbsent(one.group(), key -> new LinkedHashMap<>()).putIfAbsent(one.impl(), one);
    }
  }

  /** Prints a row for each measurement and the summary. */
  void print(PrintWriter out) {
    table().print(out);
    out.println();
    new Summary(rows()).print(out);
  }

  /** Returns the measurements by case: each a map of contenders. */
  List<Map<String, Measurement>> rows() {
    return List.copyOf(cases.values());
  }

  /** A row for each measurement, with Panorm's speed as a multiple of each peer's. */
  private Table table() {
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
            "error",
            "heap B",
            "pages");
    for (Map<String, Measurement> row : cases.values()) {
      for (Measurement one : row.values()) {
        table.add(
            one.op(),
            one.direction(),
            one.layout(),
            one.shape(),
            Integer.toString(one.threads()),
            one.impl(),
            one.backend(),
            number(one.medianUs() < 10 ? "%.3f" : "%.1f", one.medianUs()),
            number("%.2f", one.spread()),
            number("%.1f", one.gbps()),
            number("%.2f", one.floorRatio()),
            one.isPeer() ? number("%.2fx", one.overPanorm()) : "",
            number("%.1e", one.maxError()),
            number("%.0f", one.heapBytes()),
            number("%.1f", one.pages()));
      }
    }
    return table;
  }

  /** Formats a number, or nothing where it is none. */
  static String number(String format, double value) {
    return Double.isNaN(value) ? "" : String.format(Locale.ROOT, format, value);
  }
}
