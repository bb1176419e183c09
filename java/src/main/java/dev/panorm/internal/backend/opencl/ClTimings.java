package dev.panorm.internal.backend.opencl;

import java.util.LinkedHashMap;
import java.util.Map;

/** Time that a device spent in each kernel, from its own clock. */
final class ClTimings {

  private final Map<String, Long> nanoseconds = new LinkedHashMap<>();

  void add(String kernel, long time) {
    nanoseconds.merge(kernel, time, Long::sum);
  }

  /** Returns nanoseconds by kernel. */
  Map<String, Long> byKernel() {
    return Map.copyOf(nanoseconds);
  }

  /** Returns the nanoseconds of all kernels together. */
  long total() {
    return nanoseconds.values().stream().mapToLong(Long::longValue).sum();
  }
}
