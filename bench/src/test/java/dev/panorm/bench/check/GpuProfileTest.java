package dev.panorm.bench.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.panorm.DType;
import dev.panorm.backend.BackendReport.Rung;
import dev.panorm.backend.Backends;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Every golden on the OpenCL device under the launch profile of GPUs, which the build sets for this
 * process: the same kernels, launch shapes and copies as on a GPU.
 */
@Tag("gpu-profile")
class GpuProfileTest {

  @Test
  void allResultsAreInsideTheirBounds() throws IOException {
    boolean required =
        Arrays.asList(System.getProperty("panorm.requireBackends", "").split(",", -1))
            .contains("opencl");
    assumeTrue(required || Backends.available().contains("opencl"));
    Rung opencl =
        Backends.report().rungs().stream()
            .filter(rung -> rung.name().equals("opencl"))
            .findFirst()
            .orElseThrow();
    assertEquals("gpu", opencl.details().get("launch profile"), opencl.toString());
    GoldensTest.assertGood(new Checker(List.of("opencl"), true, DType.FLOAT32));
  }
}
