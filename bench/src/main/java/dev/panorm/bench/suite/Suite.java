package dev.panorm.bench.suite;

import java.util.Locale;

/** What can be measured: each suite is the JMH benchmarks whose class names match a pattern. */
enum Suite {
  /** The norm family on every backend. */
  NORMS("the norm family, forward and backward", "Norm\\w*Bench"),
  /** Matrix products. */
  GEMM("matrix products", "Gemm\\w*Bench"),
  /** The OpenCL kernels, by the device's clock and so without JMH: {@link DeviceSuite}. */
  OPENCL("OpenCL kernels against a copy kernel", "OpenCl\\w*Bench"),
  /** Whole training steps. */
  TRAIN("whole training steps", "Train\\w*Bench"),
  /** The cost of one call. */
  SMALL("the cost of one call on small data", "Small\\w*Bench"),
  /** Copying memory, the floor of all else. */
  MEMORY("copy bandwidth by working set", "Memory\\w*Bench");

  private final String description;
  private final String pattern;

  Suite(String description, String classes) {
    this.description = description;
    pattern = "dev\\.panorm\\.bench\\..*\\b" + classes + "\\..*";
  }

  /** Returns what it measures. */
  String description() {
    return description;
  }

  /** Returns the pattern of its benchmarks' names. */
  String pattern() {
    return pattern;
  }

  /** Returns the name as users write it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
