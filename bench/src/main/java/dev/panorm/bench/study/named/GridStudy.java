package dev.panorm.bench.study.named;

import dev.panorm.Generator;
import dev.panorm.data.Dataset;
import dev.panorm.data.Split;
import dev.panorm.nn.Dropout;
import dev.panorm.nn.Module;
import dev.panorm.nn.ReLU;
import dev.panorm.nn.Sequential;
import dev.panorm.optim.Adam;
import dev.panorm.optim.Optimizer;
import dev.panorm.optim.Sgd;
import dev.panorm.train.Grid;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Optimizer × initialization × norm × regularizer; it goes on where it was cut short. */
final class GridStudy implements NamedStudy {

  private static final String OPTIMIZER = "optimizer";
  private static final String INIT = "init";
  private static final String NORM = "norm";
  private static final String REGULARIZER = "regularizer";
  private static final String SGD = "sgd";
  private static final String NOTHING = "none";
  private static final String DROPOUT = "dropout";
  private static final String L2 = "l2";

  private static final List<String> VARIANCES = List.of("0.1", "2");
  private static final List<Norm> NORMS = List.of(Norm.NONE, Norm.BATCH, Norm.LAYER);
  private static final int CELLS = 36;

  private static final long TRAIN = 3000;
  private static final int DEPTH = 3;
  private static final long WIDTH = 100;
  private static final int EPOCHS = 2;
  private static final double SGD_RATE = 0.1;
  private static final double ADAM_RATE = 2e-3;
  private static final double DROP = 0.2;
  private static final double LAMBDA = 1e-3;

  /** Test errors that differ by less, in points, are similarly good. */
  private static final double SIMILAR = 3;

  private static final String ERROR = "test error";

  @Override
  public String name() {
    return "grid";
  }

  @Override
  public String line() {
    return "optimizer x init x norm x regularizer; resumes from grid.jsonl in the folder of --out";
  }

  @Override
  public int points() {
    return CELLS;
  }

  @Override
  public Finding run(Setting setting) {
    Split data = setting.data().get();
    List<Grid.Result> results = results(setting, data);
    double best = results.stream().mapToDouble(GridStudy::error).min().orElseThrow();
    long similar = results.stream().filter(r -> error(r) < best + SIMILAR).count();
    double poor = gain(results, VARIANCES.getFirst());
    double good = gain(results, VARIANCES.getLast());
    return new Finding(
        List.of(figure(results)),
        "optimizer, initialization, norm and regularizer interact, and wildly different choices can"
            + " come to similarly good results",
        Say.format(
            "by SGD BatchNorm gains %.1f points of test error with c = %s and %.1f with c = %s, and %d"
                + " of %d combinations come within %.0f points of the best, %.1f %%",
            poor,
            VARIANCES.getFirst(),
            good,
            VARIANCES.getLast(),
            similar,
            results.size(),
            SIMILAR,
            best),
        Math.abs(poor - good) > SIMILAR && similar > 1);
  }

  /** The journal's axes name the data too, so that other data make another grid. */
  private static List<Grid.Result> results(Setting setting, Split data) {
    Grid grid =
        new Grid(
            setting.seed(),
            List.of(
                new Grid.Axis("data", List.of(data.source())),
                new Grid.Axis(OPTIMIZER, List.of(SGD, "adam")),
                new Grid.Axis(INIT, VARIANCES),
                new Grid.Axis(REGULARIZER, List.of(NOTHING, DROPOUT, L2)),
                new Grid.Axis(NORM, NORMS.stream().map(Norm::name).toList())));
    try {
      Files.createDirectories(setting.folder());
      return grid.run(
          setting.folder().resolve("grid.jsonl"),
          cell -> train(cell, data),
          result -> setting.done().accept(result.cell().number() + 1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, List<Double>> train(Grid.Cell cell, Split data) {
    Dataset train = data.train().slice(0, Math.min(TRAIN, data.train().size()));
    Generator masks = new Generator(cell.seed() + 1);
    double drop = cell.choice(REGULARIZER).equals(DROPOUT) ? DROP : 0;
    List<Double> losses = new ArrayList<>();
    List<Double> errors = new ArrayList<>();
    try (Sequential network =
            Mlp.of(train, DEPTH, WIDTH)
                .norm(Norm.valueOf(cell.choice(NORM)))
                .variance(Double.parseDouble(cell.choice(INIT)))
                .activation(() -> new Sequential(new ReLU(), new Dropout(drop, masks)))
                .build(cell.seed());
        Optimizer optimizer = optimizer(cell, network)) {
      for (int epoch = 0; epoch < EPOCHS; epoch++) {
        losses.add(Learning.epoch(network, optimizer, train, Learning.BATCH, cell.seed(), epoch));
        errors.add(Learning.error(network, data.test()));
      }
    }
    Map<String, List<Double>> curves = new LinkedHashMap<>();
    curves.put("training loss", losses);
    curves.put(ERROR, errors);
    return curves;
  }

  private static Optimizer optimizer(Grid.Cell cell, Module network) {
    double lambda = cell.choice(REGULARIZER).equals(L2) ? LAMBDA : 0;
    return cell.choice(OPTIMIZER).equals(SGD)
        ? Sgd.builder(network.parameters()).learningRate(SGD_RATE).weightDecay(lambda).build()
        : Adam.builder(network.parameters()).learningRate(ADAM_RATE).weightDecay(lambda).build();
  }

  private static double error(Grid.Result result) {
    return result.curves().getOrDefault(ERROR, List.of(Double.NaN)).getLast();
  }

  /** What BatchNorm gains by SGD without a regularizer. */
  private static double gain(List<Grid.Result> results, String variance) {
    Predicate<Grid.Cell> plain =
        cell ->
            cell.choice(OPTIMIZER).equals(SGD)
                && cell.choice(INIT).equals(variance)
                && cell.choice(REGULARIZER).equals(NOTHING);
    return error(results, plain, Norm.NONE) - error(results, plain, Norm.BATCH);
  }

  private static double error(List<Grid.Result> results, Predicate<Grid.Cell> which, Norm norm) {
    return results.stream()
        .filter(r -> which.test(r.cell()) && r.cell().choice(NORM).equals(norm.name()))
        .mapToDouble(GridStudy::error)
        .findFirst()
        .orElseThrow();
  }

  private static Figure figure(List<Grid.Result> results) {
    List<String> labels = results.stream().map(r -> label(r.cell())).distinct().toList();
    List<Figure.Curve> curves = new ArrayList<>();
    for (Norm norm : NORMS) {
      curves.add(
          new Figure.Curve(
              norm.toString(),
              results.stream()
                  .filter(r -> r.cell().choice(NORM).equals(norm.name()))
                  .map(GridStudy::error)
                  .toList()));
    }
    return Figure.bars("grid", "optimizer, c, regularizer", "test error, %", false, labels, curves);
  }

  private static String label(Grid.Cell cell) {
    return String.join(
        " ", cell.choice(OPTIMIZER), "c=" + cell.choice(INIT), cell.choice(REGULARIZER));
  }
}
