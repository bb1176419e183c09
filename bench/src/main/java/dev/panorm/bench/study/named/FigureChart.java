package dev.panorm.bench.study.named;

import java.awt.Color;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Draws a {@link Figure}: lines, or bars where its points have names. */
final class FigureChart {

  private static final int WIDTH = 900;
  private static final int HEIGHT = 560;

  /** Values within such a factor are drawn as they are: a logarithm would leave no ticks. */
  private static final double NARROW = 30;

  private static final String DECIMALS = "0.######";
  private static final Color GRID = new Color(0xE6E6E6);

  private FigureChart() {}

  static Chart<?, ?> of(Figure figure) {
    return figure.labels().isEmpty() ? lines(figure) : bars(figure);
  }

  private static CategoryChart bars(Figure figure) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(figure.name())
            .xAxisTitle(figure.x())
            .yAxisTitle(figure.y())
            .build();
    style(chart.getStyler());
    chart.getStyler().setXAxisLabelRotation(45);
    chart.getStyler().setXAxisTickMarkSpacingHint(WIDTH / (2 * figure.labels().size()));
    boolean logY = drawsLogarithms(figure);
    chart.getStyler().setYAxisLogarithmic(logY);
    ticks(chart.getStyler(), figure, logY);
    if (logY) {
      chart.getStyler().setYAxisMin(decadeBelow(values(figure))); // bars would begin at 0
    }
    for (Figure.Curve curve : figure.curves()) {
      List<@Nullable Double> values = new ArrayList<>();
      curve.values().forEach(value -> values.add(logY && value <= 0 ? null : value));
      chart.addSeries(curve.name(), figure.labels(), values);
    }
    return chart;
  }

  private static XYChart lines(Figure figure) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(figure.name())
            .xAxisTitle(figure.x())
            .yAxisTitle(figure.y())
            .build();
    style(chart.getStyler());
    chart.getStyler().setXAxisLogarithmic(figure.logX());
    boolean logY = drawsLogarithms(figure);
    chart.getStyler().setYAxisLogarithmic(logY);
    ticks(chart.getStyler(), figure, logY);
    CurveStyles styles = new CurveStyles(figure);
    for (Figure.Curve curve : figure.curves()) {
      List<Double> xs = new ArrayList<>();
      List<Double> ys = new ArrayList<>();
      for (int i = 0; i < figure.points().size(); i++) {
        double value = curve.values().get(i);
        if (Double.isFinite(value) && !(logY && value <= 0)) {
          xs.add(figure.points().get(i));
          ys.add(value);
        }
      }
      if (!xs.isEmpty()) {
        styles.style(chart.addSeries(curve.name(), xs, ys));
      }
    }
    return chart;
  }

  private static void ticks(AxesChartStyler styler, Figure figure, boolean logY) {
    if (figure.logX()) {
      styler.setXAxisLogarithmicDecadeOnly(LogTicks.decadesOnly(figure.points()));
      styler.setXAxisTickLabelsFormattingFunction(LogTicks::label);
    }
    if (logY) {
      styler.setYAxisLogarithmicDecadeOnly(LogTicks.decadesOnly(values(figure)));
      styler.setYAxisTickLabelsFormattingFunction(LogTicks::label);
    }
  }

  private static List<Double> values(Figure figure) {
    return figure.curves().stream().flatMap(curve -> curve.values().stream()).toList();
  }

  private static double decadeBelow(List<Double> values) {
    double least = values.stream().filter(value -> value > 0).min(Double::compare).orElseThrow();
    return Math.pow(10, Math.floor(Math.log10(least)));
  }

  private static boolean drawsLogarithms(Figure figure) {
    return figure.logY() && !isNarrow(figure);
  }

  private static boolean isNarrow(Figure figure) {
    List<Double> values =
        values(figure).stream().filter(value -> value > 0 && Double.isFinite(value)).toList();
    return values.isEmpty() || Numbers.max(values) < NARROW * Numbers.min(values);
  }

  private static void style(AxesChartStyler styler) {
    styler.setLegendPosition(LegendPosition.OutsideE);
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotGridLinesColor(GRID);
    styler.setXAxisDecimalPattern(DECIMALS);
    styler.setYAxisDecimalPattern(DECIMALS);
    styler.setSeriesColors(CurveStyles.COLORS.toArray(Color[]::new));
  }
}
