package dev.panorm.bench.compare;

import dev.panorm.bench.info.Machine;
import java.io.PrintWriter;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.regex.Pattern;

/**
 * What one process measures.
 *
 * @param peers names of the peers that take part
 * @param backends names of Panorm's backends that take part, {@code auto} for its own choice
 * @param threads that an operation may use
 * @param cases pattern of the cases to measure
 * @param quick whether to show only that it runs
 */
public record ComparisonRun(
    List<String> peers, List<String> backends, int threads, String cases, boolean quick)
    implements Serializable {

  /**
   * What came of it.
   *
   * @param details what really ran: the machine and each contender
   * @param measurements in the order of cases
   */
  public record Outcome(
      LinkedHashMap<String, LinkedHashMap<String, String>> details,
      ArrayList<Measurement> measurements)
      implements Serializable {}

  /** Returns the peers that are on the class path. */
  public static List<String> peersThere() {
    return ServiceLoader.load(Contender.class).stream()
        .map(provider -> provider.get().name())
        .toList();
  }

  /** Measures, in this process. */
  Outcome run(PrintWriter progress) {
    List<Contender> contenders = contenders();
    try {
      LinkedHashMap<String, LinkedHashMap<String, String>> details = new LinkedHashMap<>();
      details.put("machine", new LinkedHashMap<>(Machine.describe()));
      for (Contender contender : contenders) {
        contender.open(threads);
        details.put(contender.name(), new LinkedHashMap<>(contender.details()));
      }
      Pattern wanted = Pattern.compile(cases);
      List<Measurement> measurements =
          new NormComparison(contenders, threads, Rounds.of(quick), progress)
              .run(
                  NormCase.all().stream()
                      .filter(norm -> wanted.matcher(norm.toString()).find())
                      .toList());
      return new Outcome(details, new ArrayList<>(measurements));
    } finally {
      contenders.forEach(Contender::close);
    }
  }

  private List<Contender> contenders() {
    List<Contender> contenders = new ArrayList<>();
    for (CopyContender.Way way : CopyContender.Way.values()) {
      contenders.add(new CopyContender(way));
    }
    backends.forEach(backend -> contenders.add(new PanormContender(backend)));
    Map<String, Contender> found = new LinkedHashMap<>();
    ServiceLoader.load(Contender.class).forEach(peer -> found.put(peer.name(), peer));
    for (String name : peers) {
      Contender peer = found.get(name);
      if (peer == null) {
        throw new IllegalArgumentException("peers: " + name + " is not there");
      }
      contenders.add(peer);
    }
    return contenders;
  }
}
