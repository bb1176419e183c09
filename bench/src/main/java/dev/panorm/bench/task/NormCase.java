package dev.panorm.bench.task;

import dev.panorm.Activation;
import dev.panorm.Layout;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.backend.NormPlan.Residual;
import dev.panorm.ops.NormSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A norm and the shape of its data, written as {@code group 2x320x64x64 nhwc}, with what is fused
 * as in {@code add+layer 4096x768} and {@code batch+relu 32x64x56x56 nhwc}: the sizes are those of
 * NCHW in either layout, a group norm has 32 groups.
 *
 * @param op name of the operation as goldens write it
 * @param sizes the sizes as written
 * @param spec the norm
 * @param shape of the data, as stored
 * @param channels number of weights
 * @param text the case as it is written
 */
public record NormCase(
    String op, String sizes, NormSpec spec, Shape shape, long channels, String text)
    implements Case {

  /** How many groups a group norm has here. */
  public static final long GROUPS = 32;

  private static final String ADD = "add+";

  /** Reads a case as it is written. */
  public static NormCase parse(String text) {
    String[] words = text.split(" ", -1);
    long[] sizes = Arrays.stream(words[1].split("x", -1)).mapToLong(Long::parseLong).toArray();
    Layout layout =
        words.length > 2 ? Layout.valueOf(words[2].toUpperCase(Locale.ROOT)) : Layout.NCHW;
    boolean adds = words[0].startsWith(ADD);
    String[] name = (adds ? words[0].substring(ADD.length()) : words[0]).split("\\+", -1);
    boolean rows = name[0].equals("layer") || name[0].equals("rms");
    long channels = sizes[rows ? sizes.length - 1 : 1];
    NormSpec spec =
        switch (name[0]) {
          case "layer" -> NormSpec.layerNorm(channels);
          case "rms" -> NormSpec.rmsNorm(channels);
          case "batch" -> NormSpec.batchNorm();
          case "group" -> NormSpec.groupNorm(GROUPS);
          case "instance" -> NormSpec.instanceNorm();
          default -> throw new IllegalArgumentException("norm: " + words[0] + " is unknown");
        };
    String op = (adds ? "add_" : "") + name[0] + "_norm";
    if (adds) {
      spec = spec.withResidual(Residual.BEFORE_NORM);
    }
    if (name.length > 1) {
      op += "_" + name[1];
      spec = spec.withActivation(Activation.valueOf(name[1].toUpperCase(Locale.ROOT)));
    }
    return new NormCase(
        op, words[1], spec.withLayout(layout), Shape.of(stored(sizes, layout)), channels, text);
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

  /** Returns the directions in which it is measured, on shared memory. */
  @Override
  public List<NormTask> open(Scope scope) {
    NormData data = NormData.draw(scope, this);
    return directions().stream().map(direction -> new NormTask(this, direction, data)).toList();
  }

  /** Returns what of it is measured. */
  private List<Direction> directions() {
    return spec.kind() == NormSpec.Kind.BATCH
        ? List.of(Direction.TRAIN, Direction.EVAL, Direction.BWD)
        : List.of(Direction.FWD, Direction.BWD);
  }

  /** Returns the layout where the data has positions, else what its dimensions are. */
  public String layout() {
    return shape.rank() > 3 ? spec.layout().toString().toLowerCase(Locale.ROOT) : "nc";
  }

  /** Returns the case as it is written. */
  @Override
  public String toString() {
    return text;
  }
}
