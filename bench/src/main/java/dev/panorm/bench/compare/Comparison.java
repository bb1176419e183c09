package dev.panorm.bench.compare;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs comparisons in processes of their own and reports them. */
public final class Comparison {

  private Comparison() {}

  /** Measures what a run asks for, prints what ran and the table, and returns the measurements. */
  public static List<Measurement> run(PrintWriter out, List<ComparisonRun> runs)
      throws IOException {
    List<Measurement> all = new ArrayList<>();
    for (ComparisonRun run : runs) {
      ComparisonRun.Outcome outcome = Worker.fork(run);
      outcome.details().forEach((name, details) -> print(out, name, details));
      all.addAll(outcome.measurements());
    }
    out.println();
    new ComparisonReport(all).print(out);
    return all;
  }

  private static void print(PrintWriter out, String name, Map<String, String> details) {
    details.forEach((key, value) -> out.printf("%-15s %-24s %s%n", name, key, value));
    out.flush();
  }
}
