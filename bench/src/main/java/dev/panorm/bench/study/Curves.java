package dev.panorm.bench.study;

import java.awt.Color;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Training curves as figures and as tables of numbers. */
final class Curves {

  private static final int WIDTH = 900;
  private static final int HEIGHT = 560;

  /** Steps that one point of a loss curve is the mean of, so that the norms can be told apart. */
  private static final int WINDOW = 10;

  private Curves() {}

  /**
   * Writes, for each network, its loss curves as {@code NAME-loss.png} and {@code .svg}, and all
   * figures as {@code steps.csv} and {@code epochs.csv}.
   *
   * @return what was written
   */
  static List<Path> write(Path folder, List<Result> results) throws IOException {
    Files.createDirectories(folder);
    List<Path> written = new ArrayList<>();
    for (Network model : results.stream().map(Result::model).distinct().toList()) {
      XYChart chart = chart(model, results);
      for (String format : List.of("png", "svg")) {
        Path file = folder.resolve(model + "-loss." + format);
        Files.write(file, ChartEncoder.getBytes(chart, format));
        written.add(file);
      }
    }
    written.add(writeSteps(folder.resolve("steps.csv"), results));
    written.add(writeEpochs(folder.resolve("epochs.csv"), results));
    return written;
  }

  /** Returns the loss curves of one network as PNG. */
  static byte[] png(Network model, List<Result> results) throws IOException {
    return ChartEncoder.getBytes(chart(model, results), "png");
  }

  private static XYChart chart(Network model, List<Result> all) {
    List<Result> results = all.stream().filter(r -> r.model() == model).toList();
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(model + "-loss")
            .xAxisTitle("training step")
            .yAxisTitle("training loss (mean of " + WINDOW + " steps)")
            .build();
    chart.getStyler().setLegendPosition(LegendPosition.InsideNE);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setYAxisMin(0.0);
    chart.getStyler().setXAxisMin(0.0);
    for (Result result : results) {
      String name =
          String.format(
              Locale.ROOT,
              "%s (test %.1f %%)",
              result.norm(),
              100 * result.testAccuracy().getLast());
      double[] loss = smooth(result.stepLoss());
      double[] steps =
          IntStream.range(0, loss.length).mapToDouble(i -> (i + 1.0) * WINDOW).toArray();
      XYSeries series = chart.addSeries(name, steps, loss);
      series.setMarker(SeriesMarkers.NONE);
      series.setLineColor(result.norm().color());
    }
    return chart;
  }

  /** The means of runs of steps; a rest that fills no run is left out, unless it is all. */
  private static double[] smooth(List<Double> loss) {
    int window = Math.min(WINDOW, loss.size());
    return IntStream.range(0, loss.size() / window)
        .mapToDouble(
            i ->
                loss.subList(i * window, (i + 1) * window).stream()
                    .mapToDouble(Double::doubleValue)
                    .average()
                    .orElseThrow())
        .toArray();
  }

  private static Path writeSteps(Path file, List<Result> results) throws IOException {
    try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(file))) {
      out.println("model,norm,step,train_loss");
      for (Result r : results) {
        for (int i = 0; i < r.stepLoss().size(); i++) {
          out.println(r.model() + "," + r.norm() + "," + (i + 1) + "," + r.stepLoss().get(i));
        }
      }
    }
    return file;
  }

  private static Path writeEpochs(Path file, List<Result> results) throws IOException {
    try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(file))) {
      out.println("model,norm,epoch,train_loss,test_accuracy");
      for (Result r : results) {
        for (int i = 0; i < r.trainLoss().size(); i++) {
          out.println(
              String.join(
                  ",",
                  r.model().toString(),
                  r.norm().toString(),
                  Integer.toString(i + 1),
                  r.trainLoss().get(i).toString(),
                  r.testAccuracy().get(i).toString()));
        }
      }
    }
    return file;
  }
}
