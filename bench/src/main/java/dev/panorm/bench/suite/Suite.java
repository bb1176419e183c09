package dev.panorm.bench.suite;

import dev.panorm.bench.compare.Workload;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What can be measured. */
enum Suite {
  /** The norm family on the processor. */
  NORMS(Workload.NORMS),
  /** Matrix products. */
  GEMM(Workload.GEMM),
  /** Whole training steps. */
  TRAIN(Workload.TRAIN),
  /** The cost of one call. */
  SMALL(Workload.SMALL),
  /** Copies by size, and what hot paths take from the Java heap and from the system. */
  MEMORY(Workload.MEMORY),
  /** All operations in turn in one process, beside each in a process of its own. */
  MIXED(Workload.MIXED),
  /** The OpenCL kernels, by the device's clock: {@link DeviceSuite}. */
  OPENCL(null),
  /** Everything. */
  ALL(null);

  private final @Nullable Workload workload;

  Suite(@Nullable Workload workload) {
    this.workload = workload;
  }

  /** Returns its cases; null where it is none of the comparisons. */
  @Nullable Workload workload() {
    return workload;
  }

  /** Returns the name as users write it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
