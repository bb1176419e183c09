package dev.panorm.bench.jmh;

import dev.panorm.Layout;
import dev.panorm.Shape;
import dev.panorm.ops.NormSpec;
import java.util.Arrays;
import java.util.Locale;

/**
 * A norm and the shape of its data, written as {@code group 2x320x64x64 nhwc}: the sizes are those
 * of NCHW in either layout, a group norm has 32 groups.
 *
 * @param spec the norm
 * @param shape of the data, as stored
 * @param channels number of weights
 */
record NormGeometry(NormSpec spec, Shape shape, long channels) {

  private static final long GROUPS = 32;

  static NormGeometry parse(String text) {
    String[] words = text.split(" ", -1);
    long[] sizes = Arrays.stream(words[1].split("x", -1)).mapToLong(Long::parseLong).toArray();
    Layout layout =
        words.length > 2 ? Layout.valueOf(words[2].toUpperCase(Locale.ROOT)) : Layout.NCHW;
    long channels = sizes[1];
    NormSpec spec =
        switch (words[0]) {
          case "layer" -> NormSpec.layerNorm(channels);
          case "rms" -> NormSpec.rmsNorm(channels);
          case "batch" -> NormSpec.batchNorm();
          case "group" -> NormSpec.groupNorm(GROUPS);
          default -> throw new IllegalArgumentException("norm: " + words[0] + " is unknown");
        };
    return new NormGeometry(spec.withLayout(layout), Shape.of(stored(sizes, layout)), channels);
  }

  private static long[] stored(long[] sizes, Layout layout) {
    if (layout == Layout.NCHW) {
      return sizes;
    }
    long[] moved = new long[sizes.length];
    moved[0] = sizes[0];
    System.arraycopy(sizes, 2, moved, 1, sizes.length - 2);
    moved[sizes.length - 1] = sizes[1];
    return moved;
  }
}
