package dev.panorm.internal.backend.opencl;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.util.Arrays;

/** The device of this machine, opened once for each launch profile. */
final class TestDevices {

  private static final ClRuntime RUNTIME = ClRuntime.detect();

  private TestDevices() {}

  /** The device; where there is none, the test aborts, or fails if the machine must have one. */
  static ClDevice device() {
    ClDevice device = RUNTIME.chosen();
    if (device != null) {
      return device;
    }
    String required = System.getProperty("panorm.requireBackends", "");
    return Arrays.asList(required.split(",")).contains("opencl")
        ? fail("opencl is required and not available: " + RUNTIME.support())
        : abort("opencl is not available: " + RUNTIME.support());
  }

  static ClContext open(LaunchProfile profile) {
    return new ClContext(device(), profile);
  }
}
