package dev.panorm.bench.compare;

import static dev.panorm.bench.compare.ComparisonReport.number;

import dev.panorm.bench.print.Table;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Geometric means of what a comparison measured, and the cases in which a peer is faster. */
final class Summary {

  private static final String OURS = "panorm-auto";
  private static final String ALL = "all";
  private static final String BEST = "best peer";
  private static final String FLOOR = "of copy beyond L2";
  private static final String SCALING = "two threads over one";
  private static final String MIXED = "mixed over isolated";

  /** The same of copies, which no JIT slows down: what the machine did in the minutes between. */
  private static final String COPIES_MIXED = "copies mixed over isolated";

  private static final String CALL = "ns above the kernel";

  /** Below this Panorm counts as slower: the noise of a ratio is about 5 %. */
  private static final double SLOWER = 0.95;

  /** L2 of one core, and what two threads can share of the last cache. */
  private static final long BEYOND_L2 = 1 << 20;

  private static final long WITHIN_L3 = 32 << 20;

  private final Map<String, Map<String, List<Double>>> ratios = new LinkedHashMap<>();
  private final List<String> slower = new ArrayList<>();

  Summary(List<Map<String, Measurement>> cases) {
    for (Map<String, Measurement> row : cases) {
      Measurement ours = row.get(OURS);
      if (ours == null) {
        continue;
      }
      if (ours.bytes() > BEYOND_L2) {
        add(ours, FLOOR, ours.floorRatio());
      }
      addOwn(ours, row);
      addPeers(ours, row);
    }
  }

  private void addOwn(Measurement ours, Map<String, Measurement> row) {
    Measurement mixed = row.get(OURS + ComparisonRun.MIXED);
    if (mixed != null) {
      add(ours, MIXED, mixed.medianUs() / ours.medianUs());
      add(ours, COPIES_MIXED, fastestCopy(row, true) / fastestCopy(row, false));
    }
    Measurement single = row.get(SingleContender.NAME);
    if (single != null && ours.threads() == 2 && ours.bytes() <= WITHIN_L3) {
      add(ours, SCALING, single.medianUs() / ours.medianUs());
    }
    Measurement kernel = row.get("panorm-kernel");
    if (kernel != null) {
      add(ours, CALL, 1e3 * (ours.medianUs() - kernel.medianUs()));
    }
  }

  private static double fastestCopy(Map<String, Measurement> row, boolean mixed) {
    return row.values().stream()
        .filter(one -> one.isCopy() && one.impl().endsWith(ComparisonRun.MIXED) == mixed)
        .mapToDouble(Measurement::medianUs)
        .min()
        .orElse(Double.NaN);
  }

  private void addPeers(Measurement ours, Map<String, Measurement> row) {
    Measurement best = null;
    for (Measurement one : row.values()) {
      if (one.isPeer()) {
        add(ours, one.impl(), one.overPanorm());
        best = best == null || one.overPanorm() < best.overPanorm() ? one : best;
      }
    }
    if (best != null) {
      add(ours, BEST, best.overPanorm());
      if (!(best.overPanorm() >= SLOWER)) {
        slower.add(ours.group() + ": " + number("%.2f", best.overPanorm()) + "x " + best.impl());
      }
    }
  }

  private void add(Measurement ours, String column, double ratio) {
    if (Double.isFinite(ratio)) {
      for (String row : List.of(ours.op(), ALL)) {
        ratios
            .computeIfAbsent(row + " " + ours.threads(), key -> new LinkedHashMap<>())
            .computeIfAbsent(column, key -> new ArrayList<>())
            .add(ratio);
      }
    }
  }

  /** Prints a row for each operation and number of threads. */
  void print(PrintWriter out) {
    List<String> columns =
        ratios.values().stream().flatMap(row -> row.keySet().stream()).distinct().sorted().toList();
    List<String> headings = new ArrayList<>(List.of("geometric means", "threads"));
    headings.addAll(columns);
    Table table = new Table(headings.toArray(String[]::new));
    ratios.forEach(
        (name, row) -> {
          List<String> cells = new ArrayList<>(List.of(name.split(" ", -1)));
          for (String column : columns) {
            List<Double> values = row.getOrDefault(column, List.of());
            cells.add(
                number("%.2f", mean(values)) + (values.isEmpty() ? "" : " of " + values.size()));
          }
          table.add(cells.toArray(String[]::new));
        });
    table.print(out);
    slower.forEach(one -> out.println("slower than a peer: " + one));
  }

  private static double mean(List<Double> values) {
    return values.isEmpty()
        ? Double.NaN
        : Math.exp(values.stream().mapToDouble(Math::log).sum() / values.size());
  }
}
