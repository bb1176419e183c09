package dev.panorm.bench.compare;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A folder of results: what was measured as CSV, the report for people, and plots. A run adds to
 * what earlier ones left there and replaces what they measured of the same, so that a long suite
 * can be measured in pieces.
 */
final class ResultFolder {

  private final Path folder;

  ResultFolder(Path folder) {
    this.folder = folder;
  }

  /** Adds measurements and writes everything anew. */
  void add(List<Measurement> measured, List<String> ran, List<String> refusals) throws IOException {
    Files.createDirectories(folder);
    Path numbers = folder.resolve("measurements.csv");
    Map<String, Measurement> all = new LinkedHashMap<>();
    if (Files.exists(numbers)) {
      MeasurementCsv.read(numbers).forEach(one -> all.put(key(one), one));
    }
    Set<String> seen = new LinkedHashSet<>();
    for (Measurement one : measured) {
      if (seen.add(key(one))) {
        all.put(key(one), one);
      }
    }
    List<Measurement> ordered = inOrder(all.values());
    MeasurementCsv.write(numbers, ordered);
    List<String> notes = kept("ran.txt", ran.stream().map(ResultFolder::withoutPaths).toList());
    List<String> missing = kept("not-measured.txt", refusals);
    try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(folder.resolve("report.txt")))) {
      notes.forEach(out::println);
      out.println();
      new ComparisonReport(ordered).print(out);
      missing.forEach(one -> out.println("not measured: " + one));
    }
    new ComparisonPlots(ordered).write(folder);
  }

  private static String key(Measurement one) {
    return one.group() + " " + one.impl();
  }

  /** Cases in the order of their operations, one after the other. */
  private static List<Measurement> inOrder(Collection<Measurement> all) {
    Map<String, List<Measurement>> groups = new LinkedHashMap<>();
    for (Measurement one : all) {
      groups.computeIfAbsent(one.threads() + " " + one.op(), key -> new ArrayList<>()).add(one);
    }
    return groups.values().stream().flatMap(List::stream).toList();
  }

  private List<String> kept(String name, List<String> added) throws IOException {
    Path file = folder.resolve(name);
    Set<String> lines = new LinkedHashSet<>();
    if (Files.exists(file)) {
      lines.addAll(Files.readAllLines(file));
    }
    lines.addAll(added);
    Files.write(file, lines);
    return List.copyOf(lines);
  }

  /** Results are published: where things lie on this machine is nobody's business. */
  private static String withoutPaths(String line) {
    return line.replaceAll("(?<![\\w.])/[\\w./+-]*/", "");
  }
}
