package dev.panorm.bench.study.named;

import dev.panorm.nn.BatchNorm1d;
import dev.panorm.nn.GroupNorm;
import dev.panorm.nn.Identity;
import dev.panorm.nn.LayerNorm;
import dev.panorm.nn.Module;
import java.awt.Color;
import java.util.Locale;

/** The norm that a network has in each of its inner layers. */
public enum Norm {
  /** No norm. */
  NONE(0x000000),
  /** BatchNorm. */
  BATCH(0xD55E00),
  /** LayerNorm. */
  LAYER(0x0072B2),
  /** GroupNorm of ten groups. */
  GROUP(0x009E73);

  private static final long GROUPS = 10;

  private final Color color;

  Norm(int rgb) {
    color = new Color(rgb);
  }

  /**
   * Returns the colour of its curves; colour-blind readers can tell them apart too (Okabe and Ito
   * 2008).
   */
  public Color color() {
    return color;
  }

  /**
   * Returns the norm for rows of features.
   *
   * @param features number of features, for groups a multiple of ten
   */
  public Module ofRows(long features) {
    return switch (this) {
      case NONE -> new Identity();
      case BATCH -> new BatchNorm1d(features);
      case LAYER -> new LayerNorm(features);
      case GROUP -> new GroupNorm(GROUPS, features);
    };
  }

  /** Returns the name as users write it: {@code batch}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
