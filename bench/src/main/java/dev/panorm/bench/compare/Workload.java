package dev.panorm.bench.compare;

import dev.panorm.bench.task.Case;
import dev.panorm.bench.task.NormCase;
import dev.panorm.bench.task.NormCases;
import dev.panorm.bench.task.OwnCase;
import dev.panorm.bench.task.ProductCase;
import dev.panorm.bench.task.StepCase;
import java.util.ArrayList;
import java.util.List;

/** The cases of a suite. */
public enum Workload {
  /** The norm family. */
  NORMS,
  /** Matrix products. */
  GEMM,
  /** Whole training steps. */
  TRAIN,
  /** One call on a row of 64: what checks, choice and counting of users cost. */
  SMALL,
  /**
   * Copies and norms of several sizes, and what hot paths take from the Java heap and the system.
   */
  MEMORY,
  /** All operations in turn in one process, after many random other calls. */
  MIXED;

  private static final List<String> ONE_ROW = List.of("layer 1x64", "rms 1x64", "layer+gelu 1x64");

  private static final List<String> OF_ALL_KINDS =
      List.of(
          "layer 256x768",
          "layer 4096x768",
          "rms 1000x1023",
          "batch 1024x1024",
          "batch 32x64x56x56 nchw",
          "batch 32x64x56x56 nhwc",
          "group 2x320x64x64 nchw",
          "group 2x320x64x64 nhwc",
          "instance 32x100x7x7 nchw",
          "add+layer 4096x768",
          "batch+relu 32x64x56x56 nhwc");

  private static final long[] ROWS = {1, 16, 64, 256, 1024, 4096, 16_384, 65_536};

  /** Rows of 768, a MiB to 512 MiB of them. */
  private static final long[] LAYER_ROWS = {342, 1366, 5462, 21_846, 87_382, 174_763};

  /** Images of 64 channels of 56 x 56, 1.5 MiB to 512 MiB of them. */
  private static final long[] IMAGES = {2, 8, 32, 128, 669};

  /** Returns its cases, in order. */
  List<Case> cases() {
    return switch (this) {
      case NORMS -> NormCases.all();
      case GEMM -> ProductCase.all();
      case TRAIN -> StepCase.all();
      case SMALL -> join(List.of(norms(ONE_ROW), OwnCase.all(1), List.of(new ProductCase(8))));
      case MEMORY -> memory();
      case MIXED ->
          join(
              List.of(
                  norms(OF_ALL_KINDS),
                  OwnCase.all(256),
                  List.of(new ProductCase(32), new ProductCase(256))));
    };
  }

  private static List<Case> norms(List<String> texts) {
    return texts.stream().<Case>map(NormCase::parse).toList();
  }

  private static List<Case> memory() {
    List<Case> cases = new ArrayList<>();
    for (long rows : ROWS) {
      cases.add(new OwnCase(OwnCase.Operation.SCALE, rows, 1024));
    }
    return join(
        List.of(
            cases, bySize(), OwnCase.all(256), norms(OF_ALL_KINDS), List.of(new ProductCase(32))));
  }

  /** Norms that are to take the same time for an element whatever the size. */
  private static List<Case> bySize() {
    List<Case> cases = new ArrayList<>();
    for (long rows : LAYER_ROWS) {
      cases.add(NormCase.parse("layer " + rows + "x768"));
    }
    for (String layout : List.of("nchw", "nhwc")) {
      for (long images : IMAGES) {
        cases.add(NormCase.parse("batch " + images + "x64x56x56 " + layout));
      }
    }
    return cases;
  }

  private static List<Case> join(List<List<Case>> lists) {
    return lists.stream().flatMap(List::stream).toList();
  }
}
