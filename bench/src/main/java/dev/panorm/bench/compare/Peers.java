package dev.panorm.bench.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/** The peers on the class path. */
final class Peers {

  private Peers() {}

  /** Returns them by name, none of them opened. */
  static Map<String, Contender> found() {
    Map<String, Contender> found = new LinkedHashMap<>();
    ServiceLoader.load(Contender.class).forEach(peer -> found.put(peer.name(), peer));
    return found;
  }

  /** Returns those of some names that are there, in groups that can live in one process. */
  static List<List<String>> groups(List<String> names) {
    Map<String, Contender> found = found();
    Map<String, List<String>> groups = new LinkedHashMap<>();
    for (String name : names) {
      Contender peer = found.get(name);
      if (peer != null) {
        groups.computeIfAbsent(peer.process(), key -> new ArrayList<>()).add(name);
      }
    }
    return groups.isEmpty() ? List.of(List.of()) : List.copyOf(groups.values());
  }

  /** Returns a sentence for each name that is not there. */
  static List<String> missing(List<String> names) {
    Map<String, Contender> found = found();
    return names.stream()
        .filter(name -> !found.containsKey(name))
        .map(name -> name + ": not on the class path, which has " + found.keySet())
        .toList();
  }
}
