package dev.panorm.bench.check;

import dev.panorm.DType;
import dev.panorm.Panorm;
import dev.panorm.Scope;
import dev.panorm.backend.Backends;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code panorm check}: are the results right, on every backend? */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = {
      "Run known cases through the public API on the backends of this machine, and compare.",
      "Without --goldens, compare the backends with the float64 reference and with each other."
    },
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:all results are inside their bounds",
      "1:a result is over its bound, or a case of an operation that Panorm has was not run",
      "2:wrong usage"
    })
public final class CheckCommand implements Callable<Integer> {

  private static final String ALL = "all";

  @Spec private CommandSpec spec;

  @Option(
      names = "--backend",
      paramLabel = "NAME|all",
      split = ",",
      description = "Backends to check; default: the forced ones, else all of this machine.")
  private @Nullable List<String> backends;

  @Option(names = "--goldens", paramLabel = "DIR", description = "Folder of golden files.")
  private @Nullable Path goldens;

  @Option(names = "--threads", paramLabel = "T", description = "Threads per operation.")
  private @Nullable Integer threads;

  @Option(names = "--json", description = "Print a JSON array; all else goes to standard error.")
  private boolean json;

  @Option(
      names = "--dtype",
      paramLabel = "f32|f64",
      defaultValue = "f32",
      description = "Type to compute in; default: ${DEFAULT-VALUE}.")
  private String dtype = "f32";

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "Seed of generated cases; default: ${DEFAULT-VALUE}.")
  private long seed;

  /** Picocli creates the command. */
  public CheckCommand() {}

  @Override
  public Integer call() throws IOException {
    setThreads();
    boolean all = backends == null ? Backends.forced().isEmpty() : backends.contains(ALL);
    List<Outcome> outcomes = new ArrayList<>();
    try (Checker checker = new Checker(names(all), all, type())) {
      if (goldens == null) {
        err().println("generated cases, seed " + seed);
        GeneratedCases.forEach(seed, subject -> outcomes.addAll(checker.compare(subject)));
      } else {
        checkFiles(checker, goldens, outcomes);
      }
    }
    CheckReport report = new CheckReport(outcomes);
    report.print(json ? err() : spec.commandLine().getOut());
    if (json) {
      report.writeJson(spec.commandLine().getOut());
    }
    return report.isGood() ? 0 : 1;
  }

  private void checkFiles(Checker checker, Path folder, List<Outcome> outcomes) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw usage("--goldens: " + folder + " is no folder");
    }
    List<Path> files = GoldenFiles.list(folder);
    if (files.isEmpty()) {
      throw usage("--goldens: " + folder + " holds no *.safetensors files");
    }
    for (Path file : files) {
      try (Scope scope = Scope.open()) {
        outcomes.addAll(checker.check(GoldenFiles.load(file, scope)));
      }
    }
  }

  private void setThreads() {
    if (threads != null) {
      if (threads < 1) {
        throw usage("--threads is " + threads + ", expected 1 or more");
      }
      Panorm.setThreads(threads);
    }
  }

  private List<String> names(boolean all) {
    if (all) {
      return Backends.available();
    }
    List<String> names = backends == null ? Backends.forced() : backends;
    for (String name : names) {
      if (!Backends.available().contains(name)) {
        throw usage(
            Backends.names().contains(name)
                ? "--backend: " + name + " is not available here; 'panorm info' says why"
                : "--backend: there is no '"
                    + name
                    + "', expected all or some of "
                    + Backends.names());
      }
    }
    return names;
  }

  private DType type() {
    return switch (dtype) {
      case "f32" -> DType.FLOAT32;
      case "f64" -> DType.FLOAT64;
      default -> throw usage("--dtype is '" + dtype + "', expected f32 or f64");
    };
  }

  private PrintWriter err() {
    return spec.commandLine().getErr();
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
