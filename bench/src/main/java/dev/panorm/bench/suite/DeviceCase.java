package dev.panorm.bench.suite;

import dev.panorm.Layout;
import dev.panorm.Shape;
import dev.panorm.ops.NormSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * A norm on data of one shape.
 *
 * @param op name of the operation as goldens write it
 * @param spec the norm
 * @param shape sizes in the order of the layout
 * @param channels number of weights
 */
record DeviceCase(String op, NormSpec spec, Shape shape, long channels) {

  /**
   * The shapes that peers were measured on.
   *
   * @param quick whether to keep a few of 8 MiB and more only
   * @param large whether to add tensors of 256 MiB, which keep a GPU busy
   */
  static List<DeviceCase> all(boolean quick, boolean large) {
    List<DeviceCase> cases = new ArrayList<>();
    if (large) {
      layer(cases, 65_536, 1024);
      for (Layout layout : Layout.values()) {
        images(cases, "batch_norm", NormSpec.batchNorm(), layout, 64, 256, 64);
        images(cases, "group_norm", NormSpec.groupNorm(32), layout, 64, 256, 64);
      }
    }
    layer(cases, 4096, 768);
    layer(cases, 1024, 4096);
    if (!quick) {
      layer(cases, 256, 768);
      layer(cases, 8192, 1600);
    }
    for (Layout layout : Layout.values()) {
      images(cases, "batch_norm", NormSpec.batchNorm(), layout, 32, 64, 56);
      images(cases, "group_norm", NormSpec.groupNorm(32), layout, 2, 320, 64);
      if (!quick) {
        images(cases, "batch_norm", NormSpec.batchNorm(), layout, 32, 256, 56);
        images(cases, "batch_norm", NormSpec.batchNorm(), layout, 32, 512, 28);
        images(cases, "batch_norm", NormSpec.batchNorm(), layout, 32, 2048, 7);
        images(cases, "group_norm", NormSpec.groupNorm(32), layout, 2, 640, 32);
        images(cases, "group_norm", NormSpec.groupNorm(32), layout, 2, 1280, 16);
        images(cases, "group_norm", NormSpec.groupNorm(32), layout, 8, 256, 56);
      }
    }
    cases.add(new DeviceCase("batch_norm", NormSpec.batchNorm(), Shape.of(1024, 1024), 1024));
    return cases;
  }

  private static void layer(List<DeviceCase> cases, long rows, long n) {
    cases.add(new DeviceCase("layer_norm", NormSpec.layerNorm(n), Shape.of(rows, n), n));
  }

  private static void images(
      List<DeviceCase> cases, String op, NormSpec spec, Layout layout, long n, long c, long side) {
    Shape shape = layout == Layout.NCHW ? Shape.of(n, c, side, side) : Shape.of(n, side, side, c);
    cases.add(new DeviceCase(op, spec.withLayout(layout), shape, c));
  }

  /** Returns the layout where the shape has positions, else what it is. */
  String layout() {
    return shape.rank() > 2 ? spec.layout().toString() : "NC";
  }

  /** Returns the sizes as {@code 32x64x56x56}. */
  String sizes() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < shape.rank(); i++) {
      text.append(i == 0 ? "" : "x").append(shape.dim(i));
    }
    return text.toString();
  }

  /** Returns operation, layout and sizes, as {@code batch_norm NHWC 32x56x56x64}. */
  @Override
  public String toString() {
    return op + " " + layout() + " " + sizes();
  }
}
