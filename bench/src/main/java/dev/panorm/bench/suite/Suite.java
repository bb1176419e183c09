package dev.panorm.bench.suite;

import dev.panorm.bench.compare.Workload;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What can be measured. */
enum Suite {
  /** The norm family on the processor. */
  NORMS(Workload.NORMS),
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
