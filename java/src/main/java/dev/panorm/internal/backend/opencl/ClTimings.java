package dev.panorm.internal.backend.opencl;

import java.util.LinkedHashMap;
import java.util.Map;

/** Time that a device spent in each kernel, from its own clock. */
public final class ClTimings {

  private final Map<String, Long> nanoseconds = new LinkedHashMap<>();

  /** Creates an empty collection. */
  public ClTimings() {}

  void add(String kernel, long time) {
    nanoseconds.merge(kernel, time, Long::sum);
  }

  /** Returns nanoseconds by kernel, in order of first use. */
  public Map<String, Long> byKernel() {
    return Map.copyOf(nanoseconds);
  }

  /** Returns the nanoseconds of all kernels together. */
  public long total() {
    return nanoseconds.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Forgets everything. */
  public void clear() {
    nanoseconds.clear();
  }
}
