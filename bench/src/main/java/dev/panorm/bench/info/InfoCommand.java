package dev.panorm.bench.info;

import dev.panorm.DType;
import dev.panorm.Panorm;
import dev.panorm.backend.Backend;
import dev.panorm.backend.BackendReport;
import dev.panorm.backend.BackendUnavailableException;
import dev.panorm.backend.Backends;
import dev.panorm.backend.Operation;
import dev.panorm.backend.Support;
import dev.panorm.bench.print.Json;
import dev.panorm.bench.print.Table;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code panorm info}: the ladder of backends, what was chosen, and every refusal with its remedy.
 */
@Command(
    name = "info",
    mixinStandardHelpOptions = true,
    description =
        "Show the backends, what serves which operation, why others decline and what to do about"
            + " it.")
public final class InfoCommand implements Callable<Integer> {

  private static final long TYPICAL_ELEMENTS = 1 << 20;

  @Spec private CommandSpec spec;

  @Option(names = "--json", description = "Print a JSON object.")
  private boolean json;

  /** Picocli creates the command. */
  public InfoCommand() {}

  /** What serves an operation; no backend where all decline. */
  private record Choice(
      Operation operation,
      DType dtype,
      @Nullable String backend,
      Map<String, Support.No> refusals) {}

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    BackendReport report = Backends.report();
    List<Choice> choices = choices(report);
    if (json) {
      Json.write(out, toJson(report, choices));
    } else {
      print(out, report, choices);
    }
    out.flush();
    return 0;
  }

  private static List<Choice> choices(BackendReport report) {
    List<Choice> choices = new ArrayList<>();
    for (Operation operation : Operation.values()) {
      for (DType dtype : DType.values()) {
        if (dtype.isFloating()) {
          choices.add(
              new Choice(
                  operation, dtype, select(operation, dtype), refusals(report, operation, dtype)));
        }
      }
    }
    return choices;
  }

  private static @Nullable String select(Operation operation, DType dtype) {
    try {
      Backend backend = Backends.select(operation, dtype, TYPICAL_ELEMENTS);
      return backend.name();
    } catch (BackendUnavailableException e) {
      return null;
    }
  }

  private static Map<String, Support.No> refusals(
      BackendReport report, Operation operation, DType dtype) {
    Map<String, Support.No> refusals = new LinkedHashMap<>();
    for (BackendReport.Rung rung : report.rungs()) {
      Support support =
          rung.available() instanceof Support.No
              ? rung.available()
              : rung.serves().get(operation + " " + dtype);
      if (support instanceof Support.No no) {
        refusals.put(rung.name(), no);
      }
    }
    return refusals;
  }

  // ---------------------------------------------------------------------------------------------------------------- people

  private static void print(PrintWriter out, BackendReport report, List<Choice> choices) {
    Machine.describe().forEach((name, value) -> line(out, name, value));
    line(out, "threads", Panorm.threads() + " per operation");
    Machine.environment().forEach((name, value) -> line(out, "environment", name + "=" + value));
    out.println();
    out.println(
        report.forced().isEmpty()
            ? "Backends, first asked first (automatic choice)"
            : "Backends (forced: " + String.join(",", report.forced()) + ")");
    for (BackendReport.Rung rung : report.rungs()) {
      printRung(out, rung);
    }
    out.println();
    Table table = new Table("operation", "dtype", "served by", "declined by");
    for (Choice choice : choices) {
      table.add(
          choice.operation().toString(),
          choice.dtype().toString(),
          choice.backend() == null ? "nobody" : choice.backend(),
          String.join(", ", choice.refusals().keySet()));
    }
    table.print(out);
    printRefusals(out, report);
  }

  private static void printRung(PrintWriter out, BackendReport.Rung rung) {
    if (rung.available() instanceof Support.No no) {
      line(out, "  " + rung.name(), "not available: " + no.reason());
      if (!no.remedy().isEmpty()) {
        line(out, "", "remedy: " + no.remedy());
      }
      return;
    }
    line(out, "  " + rung.name(), "available");
    rung.details().forEach((name, value) -> line(out, "", name + ": " + value));
  }

  /** Each reason once, with what it concerns. */
  private static void printRefusals(PrintWriter out, BackendReport report) {
    Map<String, List<String>> reasons = new LinkedHashMap<>();
    for (BackendReport.Rung rung : report.rungs()) {
      rung.serves()
          .forEach(
              (request, support) -> {
                if (support instanceof Support.No) {
                  reasons
                      .computeIfAbsent(
                          rung.name() + " declines: " + support, k -> new ArrayList<>())
                      .add(request);
                }
              });
    }
    out.println();
    reasons.forEach(
        (reason, requests) -> out.println(reason + " [" + String.join(", ", requests) + "]"));
  }

  private static void line(PrintWriter out, String name, String value) {
    out.printf("%-14s %s%n", name, value);
  }

  // -------------------------------------------------------------------------------------------------------------- programs

  private static Map<String, Object> toJson(BackendReport report, List<Choice> choices) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("machine", Machine.describe());
    all.put("environment", Machine.environment());
    all.put("threads", Panorm.threads());
    all.put("forced", report.forced());
    all.put("backends", report.rungs().stream().map(InfoCommand::toJson).toList());
    all.put("chosen", choices.stream().map(InfoCommand::toJson).toList());
    return all;
  }

  private static Map<String, Object> toJson(BackendReport.Rung rung) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("name", rung.name());
    object.put("available", rung.available() instanceof Support.Yes);
    if (rung.available() instanceof Support.No no) {
      object.putAll(toJson(no));
    }
    object.put("details", rung.details());
    return object;
  }

  private static Map<String, Object> toJson(Choice choice) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("operation", choice.operation().toString());
    object.put("dtype", choice.dtype().toString());
    object.put("backend", choice.backend() == null ? "" : choice.backend());
    Map<String, Object> refusals = new LinkedHashMap<>();
    choice.refusals().forEach((name, no) -> refusals.put(name, toJson(no)));
    object.put("refusals", refusals);
    return object;
  }

  private static Map<String, Object> toJson(Support.No no) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("reason", no.reason());
    object.put("remedy", no.remedy());
    return object;
  }
}
