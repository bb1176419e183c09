package dev.panorm.bench.suite;

import dev.panorm.Panorm;
import dev.panorm.bench.compare.Comparison;
import dev.panorm.bench.compare.ComparisonRun;
import dev.panorm.bench.info.Machine;
import dev.panorm.bench.print.Json;
import dev.panorm.bench.print.Table;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code panorm bench}: runs suites of benchmarks; {@code panorm jmh} has every option of JMH. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measure: suites of JMH benchmarks, with the machine and the backends named.")
public final class BenchCommand implements Callable<Integer> {

  private static final TimeValue QUICK = TimeValue.milliseconds(100);

  @Spec private CommandSpec spec;

  @Option(
      names = "--suite",
      paramLabel = "SUITE",
      split = ",",
      required = true,
      description = "Some of ${COMPLETION-CANDIDATES}.")
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
      description = "Libraries to measure beside, for the suite norms: some of onednn,torch.")
  private List<String> peers = List.of();

  @Option(
      names = "--backends",
      paramLabel = "BACKEND",
      split = ",",
      defaultValue = "auto",
      description = "Panorm's backends, for the suite norms; auto is its own choice.")
  private List<String> backends = List.of();

  @Option(
      names = "--cases",
      paramLabel = "REGEX",
      defaultValue = "",
      description = "Only the cases that this matches, such as 'layer|nhwc'.")
  private String cases = "";

  @Option(names = "--quick", description = "One short round: shows that it runs, not how fast.")
  private boolean quick;

  @Option(names = "--large", description = "Add tensors of 256 MiB to the suite opencl, for GPUs.")
  private boolean large;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write an array with one object per measurement.")
  private @Nullable Path json;

  /** Picocli creates the command. */
  public BenchCommand() {}

  /** A measurement with the number of threads it had. */
  private record Measured(int threads, RunResult result) {}

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    Machine.describe().forEach((name, value) -> out.printf("%-10s %s%n", name, value));
    out.flush();
    List<Measured> all = new ArrayList<>();
    List<Map<String, Object>> devices = new ArrayList<>();
    List<ComparisonRun> runs = new ArrayList<>();
    for (int count : threads == null ? List.of(Panorm.threads()) : threads) {
      if (count < 1) {
        throw usage("--threads is " + count + ", expected 1 or more");
      }
      for (Suite suite : suites) {
        if (suite == Suite.NORMS) {
          runs.add(new ComparisonRun(peers, backends, count, cases, quick));
          continue;
        }
        if (suite == Suite.OPENCL) {
          devices.addAll(DeviceSuite.run(out, quick, large));
          continue;
        }
        run(suite, count).forEach(result -> all.add(new Measured(count, result)));
      }
    }
    if (!all.isEmpty()) {
      print(out, all);
    }
    if (!runs.isEmpty()) {
      Comparison.run(out, runs).forEach(one -> devices.add(one.toMap()));
    }
    writeJson(all, devices);
    return 0;
  }

  private Collection<RunResult> run(Suite suite, int count) {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include(suite.pattern())
            .verbosity(VerboseMode.NORMAL)
            .shouldFailOnError(true)
            .jvmArgsAppend("-D" + Panorm.THREADS_PROPERTY + "=" + count);
    if (quick) {
      options.forks(1).warmupIterations(1).measurementIterations(1);
      options.warmupTime(QUICK).measurementTime(QUICK);
    }
    try {
      return new Runner(options.build()).run();
    } catch (NoBenchmarksException e) {
      throw usage(
          "--suite: there are no benchmarks of " + suite + " (" + suite.description() + ") yet");
    } catch (RunnerException e) {
      throw new IllegalStateException("bench: " + suite + " failed: " + e.getMessage(), e);
    }
  }

  private static void print(PrintWriter out, List<Measured> all) {
    Table table = new Table("benchmark", "parameters", "threads", "score", "error", "unit");
    for (Measured measured : all) {
      Result<?> score = measured.result().getPrimaryResult();
      table.add(
          name(measured.result()),
          String.join(" ", parameters(measured.result()).values()),
          Integer.toString(measured.threads()),
          String.format(Locale.ROOT, "%.3f", score.getScore()),
          String.format(Locale.ROOT, "%.3f", score.getScoreError()),
          score.getScoreUnit());
    }
    table.print(out);
  }

  private void writeJson(List<Measured> all, List<Map<String, Object>> devices) throws IOException {
    if (json == null) {
      return;
    }
    try (Writer file = Files.newBufferedWriter(json)) {
      List<Map<String, Object>> objects = new ArrayList<>(devices);
      all.forEach(one -> objects.add(toJson(one)));
      Json.write(file, objects);
    }
  }

  private static Map<String, Object> toJson(Measured measured) {
    Result<?> score = measured.result().getPrimaryResult();
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("benchmark", name(measured.result()));
    object.put("threads", measured.threads());
    object.putAll(parameters(measured.result()));
    object.put("score", score.getScore());
    object.put("error", score.getScoreError());
    object.put("unit", score.getScoreUnit());
    return object;
  }

  private static String name(RunResult result) {
    return result.getParams().getBenchmark().replaceFirst("^dev\\.panorm\\.bench\\.", "");
  }

  private static Map<String, String> parameters(RunResult result) {
    Map<String, String> parameters = new LinkedHashMap<>();
    for (String key : result.getParams().getParamsKeys()) {
      parameters.put(key, result.getParams().getParam(key));
    }
    return parameters;
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
