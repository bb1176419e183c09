package dev.panorm.bench.check;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Cases without known results, on the sizes that kernels stumble over: single elements, odd sizes,
 * sizes around a vector and around a block, large means.
 */
final class GeneratedCases {

  /**
   * Operation, parameters, and tensors as {@code name:shape}; {@code #n} behind a shape stands for
   * whole numbers below n. Data have mean 0.5 and deviation 1.5 as in the goldens, unless {@code
   * dist} says otherwise; all else is standard normal.
   */
  private static final String TABLE =
      """
      layer_norm | normalized_shape=1 eps=1e-5 variant=adv-single | x:3x1 weight:1 bias:1 dy:3x1
      layer_norm | normalized_shape=7 eps=1e-5 | x:1x7 weight:7 bias:7 dy:1x7
      layer_norm | normalized_shape=1023 eps=1e-5 | x:33x1023 weight:1023 dy:33x1023
      layer_norm | normalized_shape=4099 eps=1e-5 | x:5x4099 weight:4099 bias:4099 dy:5x4099
      layer_norm | normalized_shape=3x5 eps=1e-5 | x:2x7x3x5 dy:2x7x3x5
      layer_norm | normalized_shape=768 eps=1e-5 dist=normal:1e4:1 variant=adv-offset1e4 | x:17x768 weight:768 bias:768 dy:17x768
      rms_norm | normalized_shape=65 eps=1e-6 | x:31x65 weight:65 dy:31x65
      rms_norm | normalized_shape=4099 eps=1e-6 | x:3x4099 weight:4099 dy:3x4099
      add_layer_norm | normalized_shape=257 eps=1e-5 | x:9x257 residual:9x257 weight:257 bias:257 dy:9x257 dsum:9x257
      add_rms_norm | normalized_shape=63 eps=1e-6 | x:9x63 residual:9x63 weight:63 dy:9x63
      group_norm | groups=3 eps=1e-5 layout=NCHW | x:2x6x5x7 weight:6 bias:6 dy:2x6x5x7
      group_norm | groups=4 eps=1e-5 layout=NHWC | x:2x5x7x12 weight:12 bias:12 dy:2x5x7x12
      group_norm | groups=1 eps=1e-5 layout=NCHW | x:3x5x1 weight:5 dy:3x5x1
      group_norm | groups=8 eps=1e-5 layout=NHWC dist=normal:1e4:1 variant=adv-offset1e4 | x:2x9x9x32 weight:32 bias:32 dy:2x9x9x32
      group_norm_silu | groups=2 eps=1e-5 layout=NCHW | x:3x10x7x3 weight:10 bias:10 dy:3x10x7x3
      batch_norm | training=true track_running_stats=true momentum=0.1 eps=1e-5 layout=NC | x:33x17 weight:17 bias:17 running_mean:17 running_var:17 dy:33x17
      batch_norm | training=true track_running_stats=false eps=1e-5 layout=NCHW | x:5x7x9x11 weight:7 bias:7 dy:5x7x9x11
      batch_norm | training=true track_running_stats=true momentum=1 eps=1e-5 layout=NHWC | x:3x5x7x19 bias:19 running_mean:19 running_var:19 dy:3x5x7x19
      batch_norm | training=true track_running_stats=false eps=1e-5 layout=NHWC dist=normal:1e4:1 variant=adv-offset1e4 | x:4x9x9x33 weight:33 dy:4x9x9x33
      batch_norm | training=false track_running_stats=true eps=1e-3 layout=NCHW | x:2x31x3x5 weight:31 bias:31 running_mean:31 running_var:31 dy:2x31x3x5
      relu | | x:3x4099 dy:3x4099
      silu | | x:7x65 dy:7x65
      sigmoid | | x:7x65 dy:7x65
      tanh | | x:7x65 dy:7x65
      gelu | approximate=none | x:5x1023 dy:5x1023
      gelu | approximate=tanh | x:5x1023 dy:5x1023
      softmax | dim=-1 | x:17x1023 dy:17x1023
      softmax | dim=1 | x:3x7x5 dy:3x7x5
      log_softmax | dim=-1 | x:17x33 dy:17x33
      cross_entropy | reduction=mean label_smoothing=0.1 ignore_index=-100 | x:33x10 target:33#10 dloss:
      mse | reduction=mean | x:7x1023 target:7x1023 dloss:
      """;

  private GeneratedCases() {}

  /** Draws every case and shows it to a visitor; its tensors live no longer than that. */
  static void forEach(long seed, Consumer<Case> visitor) {
    int[] number = new int[1];
    TABLE
        .lines()
        .forEach(
            line -> {
              try (Scope scope = Scope.open()) {
                visitor.accept(draw(line, new SplittableRandom(seed * 1000 + number[0]++), scope));
              }
            });
  }

  private static Case draw(String line, SplittableRandom random, Scope scope) {
    String[] columns = line.split("\\|", -1);
    Map<String, String> metadata =
        new HashMap<>(Map.of("op", columns[0].strip(), "variant", "generated"));
    for (String pair : words(columns[1])) {
      metadata.put(before(pair, '='), after(pair, '='));
    }
    Map<String, Tensor> tensors = new HashMap<>();
    StringBuilder upstream = new StringBuilder();
    for (String word : words(columns[2])) {
      String name = before(word, ':');
      tensors.put(name, draw(name, after(word, ':'), metadata, random, scope));
      if (name.startsWith("d")) {
        upstream.append(upstream.isEmpty() ? "" : ",").append(name);
      }
    }
    metadata.put("upstream", upstream.toString());
    String name = columns[0].strip() + "(" + columns[1].strip() + " " + columns[2].strip() + ")";
    return new Case(name, metadata, tensors);
  }

  private static Tensor draw(
      String name,
      String size,
      Map<String, String> metadata,
      SplittableRandom random,
      Scope scope) {
    if (size.contains("#")) {
      int bound = Integer.parseInt(after(size, '#'));
      Shape shape = shape(before(size, '#'));
      return scope.of(random.longs(shape.elements(), 0, bound).toArray(), shape.dims());
    }
    Shape shape = shape(size);
    double[] line = line(name, metadata);
    float[] values = new float[(int) shape.elements()];
    for (int i = 0; i < values.length; i++) {
      double z = random.nextGaussian();
      values[i] = (float) (line[0] + line[1] * (name.equals("running_var") ? Math.abs(z) : z));
    }
    Tensor tensor = scope.empty(DType.FLOAT32, shape);
    tensor.copyFrom(values);
    return tensor;
  }

  /** Mean and deviation of what is drawn for a tensor. */
  private static double[] line(String name, Map<String, String> metadata) {
    return switch (name) {
      case "x", "residual" ->
          metadata.getOrDefault("dist", "").equals("normal:1e4:1")
              ? new double[] {1e4, 1}
              : new double[] {0.5, 1.5};
      case "running_var" -> new double[] {0.5, 1};
      default -> new double[] {0, 1};
    };
  }

  private static Shape shape(String sizes) {
    return sizes.isEmpty()
        ? Shape.of()
        : Shape.of(Arrays.stream(sizes.split("x", -1)).mapToLong(Long::parseLong).toArray());
  }

  private static String[] words(String text) {
    return text.isBlank() ? new String[0] : text.strip().split(" ", -1);
  }

  private static String before(String word, char separator) {
    return word.substring(0, word.indexOf(separator));
  }

  private static String after(String word, char separator) {
    return word.substring(word.indexOf(separator) + 1);
  }
}
