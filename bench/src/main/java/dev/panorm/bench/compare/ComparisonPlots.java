package dev.panorm.bench.compare;

import dev.panorm.bench.study.named.Figure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * Plots of a comparison: how near each contender comes to the copy of the same size, and how many
 * times as long as Panorm each peer takes.
 */
final class ComparisonPlots {

  private final List<Measurement> measurements;

  ComparisonPlots(List<Measurement> measurements) {
    this.measurements = measurements;
  }

  /** Writes two figures for each operation and number of threads. */
  void write(Path folder) throws IOException {
    Map<String, List<Measurement>> groups = new LinkedHashMap<>();
    for (Measurement one : measurements) {
      if (!one.isCopy()) {
        groups.computeIfAbsent(one.op() + "-" + one.threads(), key -> new ArrayList<>()).add(one);
      }
    }
    for (Map.Entry<String, List<Measurement>> group : groups.entrySet()) {
      List<Measurement> all = group.getValue();
      draw(
          folder,
          "roofline-" + group.getKey(),
          "fraction of the copy limit",
          false,
          all,
          one -> one.floorRatio());
      draw(
          folder,
          "peers-" + group.getKey(),
          "time over Panorm's",
          true,
          all.stream().filter(Measurement::isPeer).toList(),
          one -> one.overPanorm());
    }
  }

  private static void draw(
      Path folder,
      String name,
      String what,
      boolean logarithmic,
      List<Measurement> all,
      ToDoubleFunction<Measurement> value)
      throws IOException {
    List<Measurement> known =
        all.stream().filter(one -> Double.isFinite(value.applyAsDouble(one))).toList();
    if (known.isEmpty()) {
      return;
    }
    Map<String, Map<String, Double>> curves = new TreeMap<>();
    for (Measurement one : known) {
      curves
          .computeIfAbsent(one.impl(), key -> new LinkedHashMap<>())
          .put(label(one), value.applyAsDouble(one));
    }
    List<String> labels = known.stream().map(ComparisonPlots::label).distinct().toList();
    List<Figure.Curve> bars = new ArrayList<>();
    curves.forEach(
        (impl, values) ->
            bars.add(
                new Figure.Curve(
                    impl, labels.stream().map(label -> values.getOrDefault(label, 0.0)).toList())));
    Figure.bars(name, "case", what, logarithmic, labels, bars).write(folder);
  }

  private static String label(Measurement one) {
    return one.shape()
        + (one.layout().equals("nc") ? " " : " " + one.layout() + " ")
        + one.direction();
  }
}
