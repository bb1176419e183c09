package dev.panorm.bench.check;

import dev.panorm.bench.check.Outcome.Status;
import dev.panorm.bench.print.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a check found, as a table and as JSON. */
final class CheckReport {

  private final List<Outcome> outcomes;

  CheckReport(List<Outcome> outcomes) {
    this.outcomes = List.copyOf(outcomes);
  }

  /**
   * Returns whether all is well: nothing is over its bound, and no case of an operation that Panorm
   * has was left out.
   */
  boolean isGood() {
    return !outcomes.isEmpty()
        && outcomes.stream()
            .noneMatch(
                o ->
                    o.status() == Status.FAIL
                        || (o.status() == Status.MISSING && Runners.of(o.op()) != null));
  }

  /** Prints the worst case of each operation and backend, then all that failed or is missing. */
  void print(PrintWriter out) {
    Map<String, List<Outcome>> groups = new LinkedHashMap<>();
    for (Outcome outcome : outcomes) {
      if (outcome.status() != Status.MISSING) {
        groups
            .computeIfAbsent(outcome.op() + " " + outcome.backend(), k -> new ArrayList<>())
            .add(outcome);
      }
    }
    out.printf(
        "%-20s %-18s %6s  %-10s %-8s %s%n", "op", "backend", "cases", "worst", "bound", "file");
    groups.values().forEach(group -> printWorst(out, group));
    outcomes.stream().filter(o -> o.status() == Status.FAIL).forEach(o -> printFailure(out, o));
    printMissing(out);
    out.printf(
        "%d passed, %d failed, %d missing%n",
        count(Status.PASS), count(Status.FAIL), count(Status.MISSING));
  }

  private static void printWorst(PrintWriter out, List<Outcome> group) {
    Outcome worst = group.getFirst();
    for (Outcome outcome : group) {
      if (Double.compare(ratio(outcome), ratio(worst)) > 0) {
        worst = outcome;
      }
    }
    out.printf(
        Locale.ROOT,
        "%-20s %-18s %6d  %-9.2e  %-8.1e %s%n",
        worst.op(),
        worst.backend(),
        group.size(),
        worst.scaledError(),
        worst.bound(),
        worst.file() + " " + worst.worstResult());
  }

  private static double ratio(Outcome outcome) {
    return new Comparison(outcome.worstResult(), outcome.scaledError(), outcome.bound()).ratio();
  }

  private static void printFailure(PrintWriter out, Outcome o) {
    out.printf(
        Locale.ROOT,
        "FAIL %s on %s: %s %.3e, bound %.1e%s%n",
        o.file(),
        o.backend(),
        o.worstResult(),
        o.scaledError(),
        o.bound(),
        o.note().isEmpty() ? "" : " (" + o.note() + ")");
  }

  private void printMissing(PrintWriter out) {
    Map<String, Integer> missing = new LinkedHashMap<>();
    outcomes.stream()
        .filter(o -> o.status() == Status.MISSING)
        .forEach(
            o -> missing.merge(o.op() + " on " + o.backend() + ": " + o.note(), 1, Integer::sum));
    missing.forEach((what, cases) -> out.printf("missing %s (%d cases)%n", what, cases));
  }

  private long count(Status status) {
    return outcomes.stream().filter(o -> o.status() == status).count();
  }

  /** Writes an array with one object per case and backend; figures that are not finite are null. */
  void writeJson(PrintWriter out) throws IOException {
    Json.write(out, outcomes.stream().map(CheckReport::toJson).toList());
  }

  private static Map<String, Object> toJson(Outcome o) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("file", o.file());
    object.put("op", o.op());
    object.put("variant", o.variant());
    object.put("backend", o.backend());
    object.put("threads", o.threads());
    object.put("worst_result", o.worstResult());
    object.put("scaled_error", o.scaledError());
    object.put("bound", o.bound());
    object.put("status", o.status());
    return object;
  }
}
