package dev.panorm.backend;

import dev.panorm.Tensor;
import java.util.Map;

/** Times by the clock of a device that a backend works on, for benchmarks. */
public interface DeviceClock {

  /**
   * Runs operations and returns the nanoseconds that each kernel took on the device, its launch and
   * the wait for it not included.
   */
  Map<String, Long> time(Runnable work);

  /** Waits until the device has done all that it was asked for. */
  void finish();

  /**
   * Returns the nanoseconds that the device takes to copy one tensor to another of the same size:
   * the yardstick of every other kernel.
   *
   * @param streaming whether the results bypass the device's cache, where it can
   */
  long copy(Tensor from, Tensor to, boolean streaming);
}
