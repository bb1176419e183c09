package dev.panorm.bench.study.named;

import java.util.List;
import java.util.Locale;

/** Labels of a logarithmic axis: the powers of ten, and 2 and 5 times them where those are few. */
final class LogTicks {

  /** A range of three decades has four labels with the powers of ten alone. */
  private static final double WIDE = 1e3;

  private LogTicks() {}

  /** Returns whether the powers of ten are enough. */
  static boolean decadesOnly(List<Double> values) {
    List<Double> drawn = values.stream().filter(v -> v > 0 && Double.isFinite(v)).toList();
    return drawn.isEmpty() || Numbers.max(drawn) >= WIDE * Numbers.min(drawn);
  }

  /** Returns the label of a tick, blank for one that has none. */
  static String label(double value) {
    double power = Math.pow(10, Math.floor(Math.log10(value) + 1e-9));
    long digit = Math.round(value / power);
    if (digit != 1 && digit != 2 && digit != 5) {
      return " ";
    }
    return value >= 1e-3 && value < 1e5
        ? Figure.plain(value)
        : String.format(Locale.ROOT, "%.0e", value).replaceAll("e\\+?(-?)0?", "e$1");
  }
}
