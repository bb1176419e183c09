package dev.panorm.backend;

import java.util.List;
import java.util.Map;

/**
 * The ladder as it stands: every backend in order, what it is, and why it declines.
 *
 * @param forced names that the user asked for, empty where the choice is automatic
 * @param rungs one per backend, first asked first
 */
public record BackendReport(List<String> forced, List<Rung> rungs) {

  /**
   * One backend.
   *
   * @param name its name
   * @param available yes, or why not with the remedy
   * @param serves for each operation and type, such as {@code norm float32}, whether it serves a
   *     request of a million elements
   * @param details what it is made of
   */
  public record Rung(
      String name, Support available, Map<String, Support> serves, Map<String, String> details) {}
}
