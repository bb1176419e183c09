package dev.panorm.bench.study;

import dev.panorm.Panorm;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.bench.print.Json;
import dev.panorm.bench.print.Table;
import dev.panorm.bench.study.named.NamedStudies;
import dev.panorm.bench.study.named.NamedStudy;
import dev.panorm.bench.study.named.Norm;
import dev.panorm.data.Dataset;
import dev.panorm.data.GeneratedImages;
import dev.panorm.data.IdxImages;
import dev.panorm.data.Per;
import dev.panorm.data.Split;
import dev.panorm.data.Standardizer;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code panorm study}: the same network once per norm. */
@Command(
    name = "study",
    mixinStandardHelpOptions = true,
    description = {
      "Train the same network once per norm, and print and draw how it learns; with a NAME, run that"
          + " study instead.",
      "Without --data it trains on images that Panorm draws itself."
    })
public final class StudyCommand implements Callable<Integer> {

  private static final int GENERATED_TRAIN = 8_000;
  private static final int GENERATED_TEST = 2_000;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..*",
      paramLabel = "NAME",
      description =
          "Named studies, or all; --list names them. They heed --data, --seed, --threads, --out and"
              + " --report.")
  private List<String> names = List.of();

  @Option(names = "--list", description = "Name the studies, one line each.")
  private boolean list;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Folder of IDX files as MNIST has them, plain or gzip.")
  private @Nullable Path data;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "2",
      description = "Passes over the training images; default: ${DEFAULT-VALUE}.")
  private int epochs;

  @Option(
      names = "--norm",
      paramLabel = "NORM",
      split = ",",
      defaultValue = "none,batch,layer,group",
      description = "Some of ${COMPLETION-CANDIDATES}; default: all.")
  private List<Norm> norms = List.of();

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      split = ",",
      defaultValue = "mlp,cnn",
      description =
          "mlp: pixels-100-10; cnn: two 3x3 convolutions of 16 and 32 channels, then linear; deep:"
              + " 20 linear layers with weights that are too small. Default: ${DEFAULT-VALUE}.")
  private List<Network> models = List.of();

  @Option(
      names = "--batch",
      paramLabel = "B",
      defaultValue = "64",
      description = "Images per step; default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--lr",
      paramLabel = "RATE",
      description = "Adam's learning rate; default: 2e-3, for deep 1e-3.")
  private @Nullable Double learningRate;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "Seed of weights, batches and generated images; default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = "--threads", paramLabel = "T", description = "Threads per operation.")
  private @Nullable Integer threads;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "panorm-study",
      description = "Folder for figures and numbers; default: ${DEFAULT-VALUE}.")
  private Path out = Path.of("");

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "Write a page of HTML with all figures and numbers, which needs nothing else.")
  private @Nullable Path report;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write an array with one object per network; - is standard output.")
  private @Nullable Path json;

  /** Picocli creates the command. */
  public StudyCommand() {}

  @Override
  public Integer call() throws IOException {
    if (list) {
      NamedStudies.ALL.forEach(
          study -> printer().println(format("%-18s", study.name()) + study.line()));
      printer().flush();
      return 0;
    }
    positive("--epochs", epochs);
    positive("--batch", batch);
    if (learningRate != null && !(learningRate > 0 && learningRate < Double.POSITIVE_INFINITY)) {
      throw usage("--lr is " + learningRate + ", expected above 0");
    }
    if (threads != null) {
      positive("--threads", threads);
      Panorm.setThreads(threads);
    }
    try (Scope scope = Scope.open()) {
      if (!names.isEmpty()) {
        runNamed(scope);
        return 0;
      }
      Split split = standardized(load(scope), scope);
      printer().println("data: " + split.source());
      printer().flush();
      List<Result> results = train(split);
      print(results);
      for (Path file : Curves.write(out, results)) {
        printer().println("wrote " + file);
      }
      writeJson(results);
      writeReport(split, results);
    }
    printer().flush();
    return 0;
  }

  private void runNamed(Scope scope) throws IOException {
    List<NamedStudy> studies = names.equals(List.of("all")) ? NamedStudies.ALL : studies();
    Report page = new Report("Panorm: " + String.join(", ", names), commandLine(), seed);
    new NamedRun(once(() -> images(scope)), seed, out, printer())
        .run(studies, page, spec.commandLine().getErr(), hasTerminal());
    write(page);
  }

  private List<NamedStudy> studies() {
    List<NamedStudy> studies = new ArrayList<>();
    for (String name : names) {
      studies.add(
          NamedStudies.of(name)
              .orElseThrow(() -> usage("there is no study '" + name + "'; --list names them")));
    }
    return studies;
  }

  private void writeReport(Split split, List<Result> results) throws IOException {
    Report page = new Report("Panorm: the same network once per norm", commandLine(), seed);
    page.paragraph("Data: " + split.source() + ".");
    page.numbers(table(results));
    for (Network model : models) {
      page.section(model.toString());
      page.figure("training loss of " + model, Curves.png(model, results));
    }
    write(page);
  }

  private void write(Report page) throws IOException {
    if (report != null) {
      page.write(report);
      printer().println("wrote " + report);
      printer().flush();
    }
  }

  private String commandLine() {
    return "bench/panorm "
        + String.join(" ", spec.root().commandLine().getParseResult().originalArgs());
  }

  /** Studies that need no data do not load it, the others load it once. */
  private static <T> Supplier<T> once(Supplier<T> supplier) {
    return new Supplier<>() {
      private @Nullable T value;

      @Override
      public T get() {
        if (value == null) {
          value = supplier.get();
        }
        return value;
      }
    };
  }

  private Split images(Scope scope) {
    try {
      return standardized(load(scope), scope);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Split load(Scope scope) throws IOException {
    if (data == null) {
      return GeneratedImages.split(GENERATED_TRAIN, GENERATED_TEST, seed, scope);
    }
    if (!Files.isDirectory(data)) {
      throw usage("--data: " + data + " is no folder");
    }
    return IdxImages.load(data, scope);
  }

  /** Gives the training images mean 0 and deviation 1, and the test images by the same figures. */
  private static Split standardized(Split split, Scope scope) {
    Tensor train = split.train().inputs();
    Standardizer standardizer = Standardizer.fit(scope, train, Per.DATASET);
    standardizer.apply(train, train);
    Tensor test = split.test().inputs();
    standardizer.apply(test, test);
    return new Split(of(split.train(), train), of(split.test(), test), split.source());
  }

  private static Dataset of(Dataset labels, Tensor inputs) {
    return new Dataset(inputs, labels.targets(), labels.classes());
  }

  private List<Result> train(Split split) {
    List<Result> results = new ArrayList<>();
    for (Network model : models) {
      double rate = learningRate == null ? model.learningRate() : learningRate;
      Training training = new Training(split, new Training.Settings(epochs, batch, rate, seed));
      for (Norm norm : norms) {
        String name = model + " " + norm;
        try (Progress progress =
            new Progress(name, training.steps(), spec.commandLine().getErr(), hasTerminal())) {
          results.add(training.run(model, norm, progress));
        }
      }
    }
    return results;
  }

  @SuppressWarnings("SystemConsoleNull") // it is null in Java 25, where nobody watches
  private static boolean hasTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  private void print(List<Result> results) {
    table(results).print(printer());
  }

  private static Table table(List<Result> results) {
    Table table =
        new Table("model", "norm", "train loss", "test accuracy", "seconds", "images/s", "backend");
    for (Result r : results) {
      table.add(
          r.model().toString(),
          r.norm().toString(),
          format("%.4f", r.trainLoss().getLast()),
          format("%.2f %%", 100 * r.testAccuracy().getLast()),
          format("%.2f", r.seconds()),
          format("%.0f", r.imagesPerSecond()),
          r.backend());
    }
    return table;
  }

  private void writeJson(List<Result> results) throws IOException {
    if (json == null) {
      return;
    }
    List<Object> objects = new ArrayList<>();
    results.forEach(result -> objects.add(result.toJson()));
    if (json.toString().equals("-")) {
      Json.write(spec.commandLine().getOut(), objects);
      return;
    }
    Path parent = json.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    try (Writer file = Files.newBufferedWriter(json)) {
      Json.write(file, objects);
    }
  }

  /** Where people read: standard output, unless programs read that. */
  private PrintWriter printer() {
    return json != null && json.toString().equals("-")
        ? spec.commandLine().getErr()
        : spec.commandLine().getOut();
  }

  private static String format(String format, Object value) {
    return String.format(Locale.ROOT, format, value);
  }

  private void positive(String option, int value) {
    if (value < 1) {
      throw usage(option + " is " + value + ", expected 1 or more");
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
