package dev.panorm.bench.compare;

import dev.panorm.bench.task.Case;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Runs comparisons in processes of their own and reports them.
 *
 * @param peers names of the peers to measure beside
 * @param backends names of Panorm's backends, {@code auto} for its own choice
 * @param cases pattern of the cases to measure
 * @param quick whether to show only that it runs
 */
public record Comparison(List<String> peers, List<String> backends, String cases, boolean quick) {

  /**
   * Measures, prints what ran and the tables, and hands over the measurements. What was measured
   * before a process died is reported too.
   *
   * @param folder keeps the measurements, with those of earlier runs, and gets the report and the
   *     plots; null for none
   * @throws IOException after all of that, where a process that measures died
   */
  public void run(
      PrintWriter out,
      List<Workload> workloads,
      List<Integer> threads,
      @Nullable Path folder,
      Consumer<Measurement> taker)
      throws IOException {
    Gathered gathered = new Gathered();
    gathered.refusals.addAll(Peers.missing(peers));
    for (ComparisonRun run : runs(workloads, threads)) {
      gathered.add(run, Worker.fork(run));
    }
    gathered.print(out);
    if (folder != null) {
      new ResultFolder(folder)
          .add(gathered.measurements, List.copyOf(gathered.ran), List.copyOf(gathered.refusals));
    }
    gathered.measurements.forEach(taker);
    if (!gathered.deaths.isEmpty()) {
      throw new IOException("bench: " + String.join("; ", gathered.deaths));
    }
  }

  /** What all processes left. */
  private static final class Gathered {

    final List<Measurement> measurements = new ArrayList<>();
    final Set<String> ran = new LinkedHashSet<>();
    final Set<String> refusals = new LinkedHashSet<>();
    final List<String> deaths = new ArrayList<>();

    void add(ComparisonRun run, Worker.End end) {
      ComparisonRun.Outcome outcome = end.outcome();
      if (outcome != null) {
        outcome.details().forEach((name, details) -> ran.addAll(lines(name, details)));
        refusals.addAll(outcome.refusals());
        measurements.addAll(outcome.measurements());
      }
      if (end.code() != 0) {
        String died = died(run, end.code(), outcome == null ? 0 : outcome.measurements().size());
        deaths.add(died);
        refusals.add(died);
      }
    }

    private static String died(ComparisonRun run, int code, int measured) {
      return String.format(
          "%s, threads: %d: the process that measures ended with %d after %d measurements",
          run.workload(), run.threads(), code, measured);
    }

    void print(PrintWriter out) {
      ran.forEach(out::println);
      out.println();
      new ComparisonReport(measurements).print(out);
      refusals.forEach(refusal -> out.println("not measured: " + refusal));
      out.flush();
    }
  }

  private List<ComparisonRun> runs(List<Workload> workloads, List<Integer> threads) {
    List<ComparisonRun> runs = new ArrayList<>();
    for (Workload workload : workloads) {
      for (int count : threads) {
        if (workload == Workload.MIXED) {
          runs.addAll(mixed(count));
        } else {
          Peers.groups(peers).forEach(group -> runs.add(run(workload, group, count, cases, false)));
        }
      }
    }
    return runs;
  }

  /** Each case in a process of its own, and all of them in one. */
  private List<ComparisonRun> mixed(int count) {
    Pattern wanted = Pattern.compile(cases);
    List<ComparisonRun> runs = new ArrayList<>();
    for (Case one : Workload.MIXED.cases()) {
      if (wanted.matcher(one.toString()).find()) {
        String alone = "^" + Pattern.quote(one.toString()) + "$";
        runs.add(run(Workload.MIXED, List.of(), count, alone, false));
      }
    }
    runs.add(run(Workload.MIXED, List.of(), count, cases, true));
    return runs;
  }

  private ComparisonRun run(
      Workload workload, List<String> group, int count, String chosen, boolean together) {
    return new ComparisonRun(workload, group, backends, count, chosen, quick, together);
  }

  private static List<String> lines(String name, Map<String, String> details) {
    return details.entrySet().stream()
        .map(entry -> String.format("%-15s %-24s %s", name, entry.getKey(), entry.getValue()))
        .toList();
  }
}
