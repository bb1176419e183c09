package dev.panorm.bench.study;

import java.awt.Color;
import java.util.Locale;

/** The norm that a network has after each of its inner layers. */
enum Norm {
  NONE(0x000000),
  BATCH(0xD55E00),
  LAYER(0x0072B2),
  GROUP(0x009E73);

  private final Color color;

  Norm(int rgb) {
    color = new Color(rgb);
  }

  /**
   * Returns the colour of its curves; colour-blind readers can tell them apart too (Okabe and Ito
   * 2008).
   */
  Color color() {
    return color;
  }

  /** Returns the name as users write it: {@code batch}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
