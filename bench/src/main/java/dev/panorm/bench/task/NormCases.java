package dev.panorm.bench.task;

import dev.panorm.Layout;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The norms and shapes that are measured. */
public final class NormCases {

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

  private static final List<String> MORE =
      List.of(
          "rms 2048x4096",
          "layer 32x197x768",
          "batch 64x4096",
          "instance 1x64x256x256 nchw",
          "instance 1x64x256x256 nhwc");

  private static final List<String> ODD =
      List.of(
          "layer 1000x1023",
          "rms 1000x1023",
          "batch 32x100x7x7 nchw",
          "batch 32x100x7x7 nhwc",
          "instance 32x100x7x7 nchw",
          "instance 32x100x7x7 nhwc");

  private static final List<String> FUSED =
      List.of(
          "add+layer 4096x768",
          "add+rms 2048x4096",
          "layer+gelu 4096x768",
          "batch+relu 32x64x56x56 nchw",
          "batch+relu 32x64x56x56 nhwc",
          "group+silu 2x320x64x64 nchw",
          "group+silu 2x320x64x64 nhwc");

  /** LayerNorm on tensors of 4 KiB to 512 MiB. */
  private static final long[] SCALING_ROWS = {
    1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 131_072
  };

  private NormCases() {}

  /** Returns them all. */
  public static List<Case> all() {
    List<Case> all = new ArrayList<>();
    for (String text : texts()) {
      all.add(NormCase.parse(text));
    }
    all.add(new ResponseCase(32, 96, 55, 55));
    for (long rows : SCALING_ROWS) {
      all.add(NormCase.parse("layer " + rows + "x1024"));
    }
    return all;
  }

  private static List<String> texts() {
    List<String> texts = new ArrayList<>(ROWS);
    for (String images : IMAGES) {
      for (Layout layout : Layout.values()) {
        texts.add(images + " " + layout.toString().toLowerCase(Locale.ROOT));
      }
    }
    texts.add("batch 1024x1024");
    texts.addAll(MORE);
    texts.addAll(ODD);
    texts.addAll(FUSED);
    return texts;
  }
}
