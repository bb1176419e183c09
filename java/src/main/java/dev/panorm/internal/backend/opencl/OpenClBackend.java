package dev.panorm.internal.backend.opencl;

import dev.panorm.DType;
import dev.panorm.backend.Backend;
import dev.panorm.backend.NormKernels;
import dev.panorm.backend.Operation;
import dev.panorm.backend.Support;
import java.util.Map;

/**
 * Fused kernels in OpenCL C through JOCL.
 *
 * <p>JOCL is optional at run time, so this class mentions none of its classes; {@link OpenCl} does.
 */
public final class OpenClBackend implements Backend {

  private static final Support NO_JOCL =
      new Support.No("JOCL is absent", "put org.jocl:jocl on the class path or the module path");
  private static final Support INTEGERS =
      new Support.No("integers have no mathematics here", "convert to float32 or float64");
  private static final Support NO_KERNELS = new Support.No("it has no such kernels", "");

  /** Called by {@link java.util.ServiceLoader}. */
  public OpenClBackend() {}

  private static boolean joclIsPresent() {
    return OpenClBackend.class.getResource("/org/jocl/CL.class") != null;
  }

  @Override
  public String name() {
    return "opencl";
  }

  @Override
  public int rank() {
    return 50;
  }

  @Override
  public Support available() {
    return Presence.JOCL ? OpenCl.available() : NO_JOCL;
  }

  /** Asked once. */
  private static final class Presence {
    static final boolean JOCL = joclIsPresent();
  }

  @Override
  public Support supports(Operation operation, DType dtype, long elements) {
    if (!dtype.isFloating()) {
      return INTEGERS;
    }
    return operation == Operation.NORM ? OpenCl.fits(dtype, elements) : NO_KERNELS;
  }

  @Override
  public boolean worthwhile(Operation operation, DType dtype, long elements) {
    return OpenCl.worthwhile(elements);
  }

  @Override
  public Map<String, String> details() {
    return OpenCl.details();
  }

  @Override
  public NormKernels norms() {
    return OpenCl.norms();
  }
}
