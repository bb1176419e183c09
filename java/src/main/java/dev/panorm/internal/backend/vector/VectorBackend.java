package dev.panorm.internal.backend.vector;

import dev.panorm.DType;
import dev.panorm.backend.Backend;
import dev.panorm.backend.Operation;
import dev.panorm.backend.Support;
import java.util.Map;

/**
 * Kernels on the JDK's Vector API, parallel over fixed partitions.
 *
 * <p>The module is optional at run time, so this class mentions none of its classes.
 */
public final class VectorBackend implements Backend {

  private static final String MODULE = "jdk.incubator.vector";

  private static final Support NO_MODULE =
      new Support.No("module " + MODULE + " is absent", "start Java with --add-modules " + MODULE);
  private static final Support NO_KERNELS = new Support.No("it has no such kernels", "");

  private final Support available =
      ModuleLayer.boot().findModule(MODULE).isPresent() ? Support.YES : NO_MODULE;

  /** Called by {@link java.util.ServiceLoader}. */
  public VectorBackend() {}

  @Override
  public String name() {
    return "vector";
  }

  @Override
  public int rank() {
    return 100;
  }

  @Override
  public Support available() {
    return available;
  }

  @Override
  public Support supports(Operation operation, DType dtype, long elements) {
    return NO_KERNELS;
  }

  @Override
  public Map<String, String> details() {
    return Map.of("SIMD", Lanes.BITS + " bits, " + Lanes.FLOATS + " x float32");
  }
}
