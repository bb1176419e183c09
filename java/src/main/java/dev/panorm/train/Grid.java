package dev.panorm.train;

import dev.panorm.Generator;
import dev.panorm.internal.check.Check;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A grid of experiments: every combination of the values of some axes, such as optimizer ×
 * initialization × norm × regularizer, each run once, with its curves kept in a journal as soon as
 * it has ended. Run again with the same journal, the grid goes on behind the last experiment that
 * ended, and the results are the same bits as without the interruption.
 *
 * {@snippet :
 * Grid grid = new Grid(7, List.of(
 *     new Grid.Axis("optimizer", List.of("sgd", "adam")),
 *     new Grid.Axis("norm", List.of("none", "batch", "layer"))));
 * List<Grid.Result> results = grid.run(Path.of("grid.jsonl"), cell -> train(cell), result -> {});
 * }
 *
 * <p>All cells have one seed, so that they differ by their choices alone. The journal is text, one
 * line of JSON for the grid and one for each experiment. Immutable; a journal serves one run at a
 * time.
 *
 * @param seed of every experiment
 * @param axes one or more, with names that differ; the last one changes fastest
 */
public record Grid(long seed, List<Axis> axes) {

  private static final String NAME = "grid";

  /** Checks the axes. */
  public Grid {
    axes = List.copyOf(axes);
    Check.that(!axes.isEmpty(), NAME, "axes", "empty", "one or more");
    Set<String> names = new HashSet<>();
    long cells = 1;
    for (Axis axis : axes) {
      Check.that(names.add(axis.name()), NAME, "axes", "twice " + axis.name(), "each name once");
      cells *= axis.values().size();
      Check.that(cells <= Integer.MAX_VALUE, NAME, "axes", cells + " cells", "below 2^31");
    }
  }

  /**
   * What is varied.
   *
   * @param values one or more, each once
   */
  public record Axis(String name, List<String> values) {

    /** Checks the values. */
    public Axis {
      values = List.copyOf(values);
      Check.that(!values.isEmpty(), NAME, "values of " + name, "empty", "one or more");
      Check.that(
          new HashSet<>(values).size() == values.size(),
          NAME,
          "values of " + name,
          values,
          "each once");
    }
  }

  /**
   * One combination.
   *
   * @param number its place in the grid, from 0
   * @param choices a value for each axis by its name, in the order of the axes
   * @param seed the grid's
   */
  public record Cell(int number, Map<String, String> choices, long seed) {

    /** Keeps a copy of the map, in its order. */
    public Cell {
      choices = Collections.unmodifiableMap(new LinkedHashMap<>(choices));
    }

    /**
     * Returns the value of an axis.
     *
     * @throws IllegalArgumentException if there is no such axis
     */
    public String choice(String axis) {
      Check.that(choices.containsKey(axis), "choice", "axis", axis, "one of " + choices.keySet());
      return Objects.requireNonNull(choices.get(axis));
    }
  }

  /**
   * What an experiment came to.
   *
   * @param curves numbers by epoch or by step, by the curve's name, in the experiment's order
   */
  public record Result(Cell cell, Map<String, List<Double>> curves) {

    /** Keeps a copy of the curves, in their order. */
    public Result {
      Map<String, List<Double>> copy = new LinkedHashMap<>();
      curves.forEach((name, values) -> copy.put(name, List.copyOf(values)));
      curves = Collections.unmodifiableMap(copy);
    }
  }

  /** Runs one cell. */
  @FunctionalInterface
  public interface Experiment {

    /**
     * Returns the curves by name. They must follow from the cell alone: from its choices and from
     * its seed, not from what ran before. The shared {@link Generator} has been set to the seed.
     */
    Map<String, List<Double>> run(Cell cell);
  }

  /** Returns all cells in the order in which they run. */
  public List<Cell> cells() {
    int count = 1;
    for (Axis axis : axes) {
      count *= axis.values().size();
    }
    List<Cell> cells = new ArrayList<>();
    for (int number = 0; number < count; number++) {
      cells.add(cell(number, count));
    }
    return cells;
  }

  private Cell cell(int number, int count) {
    Map<String, String> choices = new LinkedHashMap<>();
    int below = count;
    for (Axis axis : axes) {
      below /= axis.values().size();
      choices.put(axis.name(), axis.values().get(number / below % axis.values().size()));
    }
    return new Cell(number, choices, seed);
  }

  /**
   * Runs every experiment that the journal does not have yet, one after the other, and returns the
   * results of all. What an experiment throws ends the run and is thrown here; the journal keeps
   * the experiments before it.
   *
   * <p>Before each experiment the shared {@link Generator} starts anew with the grid's seed.
   *
   * @param journal file that is made where there is none; a last line that was not written to its
   *     end is dropped
   * @param listener is told each result in order, those from the journal too
   * @throws IllegalArgumentException if the journal is of another grid; it stays as it is
   * @throws IOException if the journal cannot be read or written, is no journal, or serves another
   *     run
   */
  public List<Result> run(Path journal, Experiment experiment, Consumer<Result> listener)
      throws IOException {
    try (GridJournal lines = GridJournal.open(journal, this)) {
      List<Result> results = new ArrayList<>(lines.results());
      results.forEach(listener);
      List<Cell> cells = cells();
      for (Cell cell : cells.subList(results.size(), cells.size())) {
        Generator.manualSeed(seed);
        Result result = new Result(cell, experiment.run(cell));
        lines.append(result);
        results.add(result);
        listener.accept(result);
      }
      return List.copyOf(results);
    }
  }
}
