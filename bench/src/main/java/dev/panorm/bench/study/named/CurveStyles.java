package dev.panorm.bench.study.named;

import java.awt.BasicStroke;
import java.awt.Color;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * What the curves of a figure look like: one that is named after a norm has its colour, others have
 * colours that are left, and curves of one colour differ in line and marker.
 */
final class CurveStyles {

  /** The norms' colours first, then others that can be told apart (Okabe and Ito 2008). */
  static final List<Color> COLORS =
      List.of(
          Norm.NONE.color(),
          Norm.BATCH.color(),
          Norm.LAYER.color(),
          Norm.GROUP.color(),
          new Color(0xCC79A7),
          new Color(0xE69F00),
          new Color(0x56B4E9));

  private static final List<BasicStroke> LINES =
      List.of(SeriesLines.SOLID, SeriesLines.DASH_DASH, SeriesLines.DOT_DOT, SeriesLines.DASH_DOT);

  private static final List<Marker> MARKERS =
      List.of(
          SeriesMarkers.CIRCLE,
          SeriesMarkers.DIAMOND,
          SeriesMarkers.SQUARE,
          SeriesMarkers.TRIANGLE_UP);

  /** Curves of more points are drawn without markers. */
  private static final int MANY_POINTS = 60;

  private final List<Color> left = new ArrayList<>(COLORS);
  private final Map<Color, Integer> uses = new HashMap<>();
  private int others;

  CurveStyles(Figure figure) {
    for (Figure.Curve curve : figure.curves()) {
      norm(curve.name()).ifPresent(norm -> left.remove(norm.color()));
    }
  }

  /** Curves are styled in their order. */
  void style(XYSeries series) {
    Color color =
        norm(series.getName()).map(Norm::color).orElseGet(() -> left.get(others++ % left.size()));
    int use = uses.merge(color, 1, Integer::sum) - 1;
    series.setLineColor(color);
    series.setLineStyle(LINES.get(use % LINES.size()));
    series.setMarkerColor(color);
    series.setMarker(
        series.getXData().length > MANY_POINTS
            ? SeriesMarkers.NONE
            : MARKERS.get(use % MARKERS.size()));
  }

  private static Optional<Norm> norm(String name) {
    return Arrays.stream(Norm.values()).filter(norm -> name.matches(norm + "\\b.*")).findFirst();
  }
}
