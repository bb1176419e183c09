package dev.panorm.bench.study.named;

import dev.panorm.bench.print.Table;
import java.awt.Color;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;

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
 */
public record Figure(
    String name,
    String x,
    String y,
    boolean logX,
    boolean logY,
    List<Double> points,
    List<Curve> curves) {

  private static final int WIDTH = 900;
  private static final int HEIGHT = 560;

  /**
   * A curve.
   *
   * @param name stands in the legend
   * @param values one for each point
   */
  public record Curve(String name, List<Double> values) {}

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
      table.add(
          Stream.concat(Stream.of(points.get(i)), curves.stream().map(c -> c.values().get(row)))
              .map(v -> String.format(Locale.ROOT, "%.4g", v))
              .toArray(String[]::new));
    }
    return table;
  }

  /** Writes the figure as PNG and SVG and the numbers as CSV, and returns the files. */
  public List<Path> write(Path folder) throws IOException {
    Files.createDirectories(folder);
    List<Path> written = new ArrayList<>();
    XYChart chart = chart();
    for (String format : List.of("png", "svg")) {
      Path file = folder.resolve(name + "." + format);
      Files.write(file, ChartEncoder.getBytes(chart, format));
      written.add(file);
    }
    Path numbers = folder.resolve(name + ".csv");
    try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(numbers))) {
      out.println(x + "," + String.join(",", curves.stream().map(Curve::name).toList()));
      for (int i = 0; i < points.size(); i++) {
        int row = i;
        out.println(
            points.get(i)
                + ","
                + String.join(
                    ",", curves.stream().map(c -> c.values().get(row).toString()).toList()));
      }
    }
    written.add(numbers);
    return written;
  }

  private XYChart chart() {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(name)
            .xAxisTitle(x)
            .yAxisTitle(y)
            .build();
    chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setXAxisLogarithmic(logX);
    chart.getStyler().setYAxisLogarithmic(logY);
    for (Curve curve : curves) {
      List<Double> xs = new ArrayList<>();
      List<Double> ys = new ArrayList<>();
      for (int i = 0; i < points.size(); i++) {
        double value = curve.values().get(i);
        if (Double.isFinite(value) && !(logY && value <= 0)) {
          xs.add(points.get(i));
          ys.add(value);
        }
      }
      if (!xs.isEmpty()) {
        chart.addSeries(curve.name(), xs, ys);
      }
    }
    return chart;
  }
}
