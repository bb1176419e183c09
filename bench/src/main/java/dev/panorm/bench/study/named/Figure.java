package dev.panorm.bench.study.named;

import dev.panorm.bench.print.Table;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.knowm.xchart.ChartEncoder;

/**
 * Curves over the same points.
 *
 * @param name of its files
 * @param x what the points are
 * @param y what the curves are
 * @param logX whether points are drawn by their logarithm
 * @param logY whether values are drawn by their logarithm; then what is not above 0 is left out, as
 *     is what is no number
 * @param points the points, rising
 * @param curves one or more
 * @param labels names of the points, in the place of their numbers; empty for none
 */
public record Figure(
    String name,
    String x,
    String y,
    boolean logX,
    boolean logY,
    List<Double> points,
    List<Curve> curves,
    List<String> labels) {

  /**
   * A curve.
   *
   * @param name stands in the legend
   * @param values one for each point
   */
  public record Curve(String name, List<Double> values) {}

  /** Curves over points that have numbers only. */
  public Figure(
      String name,
      String x,
      String y,
      boolean logX,
      boolean logY,
      List<Double> points,
      List<Curve> curves) {
    this(name, x, y, logX, logY, points, curves, List.of());
  }

  /** Bars for each of some named points. */
  public static Figure bars(
      String name, String x, String y, boolean logY, List<String> labels, List<Curve> curves) {
    return new Figure(name, x, y, false, logY, countTo(labels.size()), curves, labels);
  }

  /** Returns 1 to n, the points of what is only numbered. */
  static List<Double> countTo(int n) {
    return IntStream.rangeClosed(1, n).mapToObj(i -> (double) i).toList();
  }

  /** Returns the numbers as a table, a row for each point. */
  public Table table() {
    Table table =
        new Table(
            Stream.concat(Stream.of(x), curves.stream().map(Curve::name)).toArray(String[]::new));
    for (int i = 0; i < points.size(); i++) {
      int row = i;
      Stream<String> values = curves.stream().map(c -> number(c.values().get(row)));
      table.add(Stream.concat(Stream.of(point(i)), values).toArray(String[]::new));
    }
    return table;
  }

  private String point(int i) {
    return labels.isEmpty() ? plain(points.get(i)) : labels.get(i);
  }

  /** A point to four digits, as short as it goes. */
  static String plain(double value) {
    return BigDecimal.valueOf(value).round(new MathContext(4)).stripTrailingZeros().toPlainString();
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.4g", value);
  }

  /** Writes the figure as PNG and SVG and the numbers as CSV, and returns the files. */
  public List<Path> write(Path folder) throws IOException {
    Files.createDirectories(folder);
    List<Path> written = new ArrayList<>();
    for (String format : List.of("png", "svg")) {
      Path file = folder.resolve(name + "." + format);
      Files.write(file, ChartEncoder.getBytes(FigureChart.of(this), format));
      written.add(file);
    }
    Path numbers = folder.resolve(name + ".csv");
    try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(numbers))) {
      out.println(line(x, curves.stream().map(Curve::name).toList()));
      for (int i = 0; i < points.size(); i++) {
        int row = i;
        String first = labels.isEmpty() ? points.get(i).toString() : labels.get(i);
        out.println(line(first, curves.stream().map(c -> c.values().get(row).toString()).toList()));
      }
    }
    written.add(numbers);
    return written;
  }

  /** Returns the figure as PNG. */
  public byte[] png() throws IOException {
    return ChartEncoder.getBytes(FigureChart.of(this), "png");
  }

  private static String line(String first, List<String> rest) {
    return Stream.concat(Stream.of(first), rest.stream())
        .map(Figure::field)
        .collect(Collectors.joining(","));
  }

  /** A field of a file of comma-separated values. */
  private static String field(String text) {
    return text.contains(",") ? '"' + text + '"' : text;
  }
}
