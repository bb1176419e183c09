package dev.panorm.bench.suite;

import dev.panorm.Panorm;
import dev.panorm.bench.compare.Comparison;
import dev.panorm.bench.compare.Workload;
import dev.panorm.bench.print.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code panorm bench}: runs suites of benchmarks, Panorm beside its peers. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measure Panorm beside other libraries, with the machine and what ran named.")
public final class BenchCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--suite",
      paramLabel = "SUITE",
      split = ",",
      defaultValue = "norms",
      description = "Some of ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}.")
  private List<Suite> suites = List.of();

  @Option(
      names = "--threads",
      paramLabel = "T",
      split = ",",
      description = "Threads per operation, such as 1,2; default: all processors.")
  private @Nullable List<Integer> threads;

  @Option(
      names = "--peers",
      paramLabel = "PEER",
      split = ",",
      description = "Libraries to measure beside: some of ${COMPLETION-CANDIDATES}.")
  private List<Peer> peers = List.of();

  @Option(
      names = "--backends",
      paramLabel = "BACKEND",
      split = ",",
      defaultValue = "auto",
      description = "Panorm's backends; auto, the default, is its own choice.")
  private List<String> backends = List.of();

  @Option(
      names = "--cases",
      paramLabel = "REGEX",
      defaultValue = "",
      description = "Only the cases that this matches, such as '^layer|nhwc'.")
  private String cases = "";

  @Option(names = "--quick", description = "A few short rounds: shows that it runs, not how fast.")
  private boolean quick;

  @Option(names = "--large", description = "Add tensors of 256 MiB to the suite opencl, for GPUs.")
  private boolean large;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write an array with one object per measurement.")
  private @Nullable Path json;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Add the measurements to those of earlier runs in DIR, and write their report and plots.")
  private @Nullable Path out;

  /** Picocli creates the command. */
  public BenchCommand() {}

  @Override
  public Integer call() throws IOException {
    checkCases();
    List<Integer> counts = threads == null ? List.of(Panorm.threads()) : threads;
    for (int count : counts) {
      if (count < 1) {
        throw usage("--threads is " + count + ", expected 1 or more");
      }
    }
    List<Suite> chosen = suites.contains(Suite.ALL) ? Arrays.asList(Suite.values()) : suites;
    List<Map<String, Object>> measured = new ArrayList<>();
    PrintWriter print = spec.commandLine().getOut();
    List<Workload> workloads =
        chosen.stream().map(Suite::workload).filter(Objects::nonNull).toList();
    try {
      if (!workloads.isEmpty()) {
        List<String> names = peers.stream().map(Peer::toString).toList();
        new Comparison(names, backends, cases, quick)
            .run(print, workloads, counts, out, one -> measured.add(one.toMap()));
      }
      if (chosen.contains(Suite.OPENCL)) {
        measured.addAll(DeviceSuite.run(print, quick, large, cases));
      }
    } finally {
      write(measured);
    }
    return 0;
  }

  private void checkCases() {
    try {
      Pattern.compile(cases);
    } catch (PatternSyntaxException e) {
      throw usage("--cases is " + cases + ", expected a regular expression: " + e.getDescription());
    }
  }

  private void write(List<Map<String, Object>> measured) throws IOException {
    if (json != null) {
      try (Writer file = Files.newBufferedWriter(json)) {
        Json.write(file, measured);
      }
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
