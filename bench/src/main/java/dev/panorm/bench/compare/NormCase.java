package dev.panorm.bench.compare;

import dev.panorm.Layout;
import dev.panorm.Shape;
import dev.panorm.ops.NormSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A norm and the shape of its data, written as {@code group 2x320x64x64 nhwc}: the sizes are those
 * of NCHW in either layout, a group norm has 32 groups.
 *
 * @param op name of the operation as goldens write it
 * @param sizes the sizes as written
 * @param spec the norm
 * @param shape of the data, as stored
 * @param channels number of weights
 */
public record NormCase(String op, String sizes, NormSpec spec, Shape shape, long channels) {

  /** How many groups a group norm has here. */
  public static final long GROUPS = 32;

  private static final List<String> ROWS =
      List.of("layer 256x768", "layer 4096x768", "layer 1024x4096", "layer 8192x1600");

  private static final List<String> IMAGES =
      List.of(
          "batch 32x64x56x56",
          "batch 32x256x56x56",
          "batch 32x512x28x28",
          "batch 32x2048x7x7",
          "group 2x320x64x64",
          "group 2x640x32x32",
          "group 2x1280x16x16",
          "group 8x256x56x56");

  /** Reads a case as it is written. */
  public static NormCase parse(String text) {
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
          case "instance" -> NormSpec.instanceNorm();
          default -> throw new IllegalArgumentException("norm: " + words[0] + " is unknown");
        };
    return new NormCase(
        words[0] + "_norm",
        words[1],
        spec.withLayout(layout),
        Shape.of(stored(sizes, layout)),
        channels);
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

  /** Returns the shapes, layouts and norms that peers are compared on. */
  public static List<NormCase> all() {
    List<String> all = new ArrayList<>(ROWS);
    for (String images : IMAGES) {
      for (Layout layout : Layout.values()) {
        all.add(images + " " + layout);
      }
    }
    all.add("batch 1024x1024");
    return all.stream().map(NormCase::parse).toList();
  }

  /** Returns what of it is measured. */
  public List<Direction> directions() {
    return spec.kind() == NormSpec.Kind.BATCH
        ? List.of(Direction.TRAIN, Direction.EVAL, Direction.BWD)
        : List.of(Direction.FWD, Direction.BWD);
  }

  /** Returns the layout where the data has positions, else what its dimensions are. */
  public String layout() {
    return shape.rank() > 2 ? spec.layout().toString().toLowerCase(Locale.ROOT) : "nc";
  }

  /** Returns the case as it is written. */
  @Override
  public String toString() {
    return op.replace("_norm", "") + " " + sizes + (shape.rank() > 2 ? " " + layout() : "");
  }
}
