package dev.panorm.internal.backend.opencl;

import dev.panorm.DType;
import dev.panorm.backend.Backend;
import dev.panorm.backend.Backends;
import dev.panorm.backend.ConvolutionKernels;
import dev.panorm.backend.CopyKernels;
import dev.panorm.backend.DeviceClock;
import dev.panorm.backend.DropKernels;
import dev.panorm.backend.ElementwiseKernels;
import dev.panorm.backend.GemmKernels;
import dev.panorm.backend.LossKernels;
import dev.panorm.backend.NormKernels;
import dev.panorm.backend.Operation;
import dev.panorm.backend.PoolingKernels;
import dev.panorm.backend.ReductionKernels;
import dev.panorm.backend.ResponseKernels;
import dev.panorm.backend.SoftmaxKernels;
import dev.panorm.backend.Support;
import dev.panorm.backend.UpdateKernels;
import java.util.List;
import java.util.Map;
import java.util.Set;

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

  private static final Set<Operation> KERNELS =
      Set.of(
          Operation.NORM,
          Operation.ELEMENTWISE,
          Operation.REDUCTION,
          Operation.SOFTMAX,
          Operation.DROPOUT);

  /**
   * What the rung below does on the host's side of the tensors, so that a network can train;
   * products only where the device is the host's processor.
   */
  private static final List<Operation> HANDED_OVER =
      List.of(
          Operation.GEMM,
          Operation.LOSS,
          Operation.RESPONSE,
          Operation.CONVOLUTION,
          Operation.POOLING,
          Operation.COPY,
          Operation.UPDATE);

  /** Called by {@link java.util.ServiceLoader}. */
  public OpenClBackend() {}

  /** Finds JOCL on the class path and on the module path, without running any of it. */
  private static boolean joclIsPresent() {
    try {
      return Class.forName("org.jocl.CL", false, OpenClBackend.class.getClassLoader()) != null;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  @Override
  public String name() {
    return "opencl";
  }

  @Override
  public int rank() {
    return 20;
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
    if (operation == Operation.GEMM && OpenCl.multiplies()) {
      Support choice = OpenCl.multiplication().support();
      return choice instanceof Support.No ? choice : OpenCl.fits(dtype, elements);
    }
    if (KERNELS.contains(operation)) {
      return OpenCl.fits(dtype, elements);
    }
    return HANDED_OVER.contains(operation) ? Support.YES : NO_KERNELS;
  }

  @Override
  public boolean worthwhile(Operation operation, DType dtype, long elements, long shortest) {
    return OpenCl.worthwhile(elements) && onDevice(operation);
  }

  private static boolean onDevice(Operation operation) {
    return KERNELS.contains(operation) || (operation == Operation.GEMM && OpenCl.multiplies());
  }

  @Override
  public Map<String, String> details() {
    Map<String, String> details = OpenCl.details();
    if (OpenCl.multiplies()) {
      details.put(Operation.GEMM.toString(), OpenCl.multiplication().describe());
    }
    for (Operation operation : Operation.values()) {
      if (!onDevice(operation) && operation != Operation.EIGEN) {
        details.put(operation.toString(), "on the host by " + host(operation).name());
      }
    }
    return details;
  }

  @Override
  public DeviceClock deviceClock() {
    return OpenCl.clock();
  }

  @Override
  public NormKernels norms() {
    return OpenCl.norms();
  }

  @Override
  public ElementwiseKernels elementwise() {
    return OpenCl.elementwise();
  }

  @Override
  public ReductionKernels reductions() {
    return OpenCl.reductions();
  }

  @Override
  public SoftmaxKernels softmax() {
    return OpenCl.softmax();
  }

  /**
   * Returns the rung that works on the host's side of the tensors, which a CPU device shares; a
   * device with memory of its own brings its results back first.
   */
  private Backend host(Operation operation) {
    return Backends.below(this, operation, DType.FLOAT32, 1);
  }

  @Override
  public GemmKernels gemm() {
    return OpenCl.multiplies() ? OpenCl.gemm() : host(Operation.GEMM).gemm();
  }

  @Override
  public LossKernels losses() {
    return host(Operation.LOSS).losses();
  }

  @Override
  public ResponseKernels responses() {
    return host(Operation.RESPONSE).responses();
  }

  @Override
  public ConvolutionKernels convolutions() {
    return host(Operation.CONVOLUTION).convolutions();
  }

  @Override
  public PoolingKernels pooling() {
    return host(Operation.POOLING).pooling();
  }

  @Override
  public CopyKernels copies() {
    return host(Operation.COPY).copies();
  }

  @Override
  public DropKernels dropout() {
    return OpenCl.dropout();
  }

  @Override
  public UpdateKernels updates() {
    return host(Operation.UPDATE).updates();
  }
}
