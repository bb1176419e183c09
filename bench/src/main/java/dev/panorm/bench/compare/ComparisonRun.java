package dev.panorm.bench.compare;

import dev.panorm.bench.info.Machine;
import dev.panorm.bench.task.Case;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What one process measures.
 *
 * @param workload the cases
 * @param peers names of the peers that take part, all of which can live in one process
 * @param backends names of Panorm's backends that take part, {@code auto} for its own choice
 * @param threads that an operation may use
 * @param cases pattern of the cases to measure
 * @param quick whether to show only that it runs
 * @param together whether all cases take part in the same rounds, after {@link Pollution}
 */
public record ComparisonRun(
    Workload workload,
    List<String> peers,
    List<String> backends,
    int threads,
    String cases,
    boolean quick,
    boolean together)
    implements Serializable {

  /** Ends the name of a contender that was timed between all others. */
  static final String MIXED = "-mixed";

  /** Serves products where OpenBLAS is not. */
  private static final String VECTOR = "vector";

  /**
   * What came of it.
   *
   * @param details what really ran: the machine and each contender
   * @param measurements in the order of cases
   * @param refusals who could not be measured at what, and why
   */
  record Outcome(
      LinkedHashMap<String, LinkedHashMap<String, String>> details,
      ArrayList<Measurement> measurements,
      ArrayList<String> refusals)
      implements Serializable {}

  /** Takes what came of it so far. */
  @FunctionalInterface
  interface Keeper {
    void keep(Outcome outcome) throws IOException;
  }

  /** Measures, in this process, and hands over what there is at the start and after each case. */
  void run(PrintWriter progress, Keeper keeper) throws IOException {
    LinkedHashMap<String, LinkedHashMap<String, String>> details = new LinkedHashMap<>();
    details.put("machine", new LinkedHashMap<>(Machine.describe()));
    List<String> refusals = new ArrayList<>();
    List<Contender> contenders = opened(details, refusals);
    try {
      Pattern wanted = Pattern.compile(cases);
      List<Case> chosen =
          workload.cases().stream().filter(one -> wanted.matcher(one.toString()).find()).toList();
      TaskComparison comparison =
          new TaskComparison(
              contenders,
              threads,
              Rounds.of(quick, workload == Workload.TRAIN),
              together ? MIXED : "",
              progress);
      keeper.keep(outcome(details, comparison, refusals));
      if (together) {
        Pollution.spread(progress);
        comparison.runTogether(chosen);
        keeper.keep(outcome(details, comparison, refusals));
      } else {
        for (Case one : chosen) {
          comparison.run(one);
          keeper.keep(outcome(details, comparison, refusals));
        }
      }
    } finally {
      contenders.forEach(Contender::close);
    }
  }

  private static Outcome outcome(
      LinkedHashMap<String, LinkedHashMap<String, String>> details,
      TaskComparison comparison,
      List<String> refusals) {
    ArrayList<String> all = new ArrayList<>(refusals);
    all.addAll(comparison.refusals());
    return new Outcome(details, new ArrayList<>(comparison.measurements()), all);
  }

  private List<Contender> opened(
      Map<String, LinkedHashMap<String, String>> details, List<String> refusals) {
    List<Contender> opened = new ArrayList<>();
    for (Contender contender : contenders()) {
      try {
        contender.open(threads);
        details.put(contender.name(), new LinkedHashMap<>(contender.details()));
        opened.add(contender);
      } catch (UnavailableException e) {
        refusals.add(contender.name() + ": " + e.getMessage());
      }
    }
    return opened;
  }

  private List<Contender> contenders() {
    List<Contender> contenders = new ArrayList<>();
    for (CopyContender.Way way : CopyContender.Way.values()) {
      contenders.add(new CopyContender(way));
    }
    backends.forEach(backend -> contenders.add(new PanormContender(backend)));
    if (threads > 1 && !together) {
      contenders.add(new SingleContender());
    }
    if (workload == Workload.SMALL) {
      contenders.add(new KernelContender());
    }
    if (workload == Workload.GEMM && !backends.contains(VECTOR)) {
      contenders.add(new PanormContender(VECTOR));
    }
    Map<String, Contender> found = Peers.found();
    peers.forEach(name -> contenders.add(found.get(name)));
    return contenders;
  }
}
