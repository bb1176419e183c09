package dev.panorm.internal.backend.vector;

import dev.panorm.DType;
import dev.panorm.backend.Backend;
import dev.panorm.backend.ConvolutionKernels;
import dev.panorm.backend.CopyKernels;
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
import dev.panorm.internal.backend.cpu.ParallelGemm;
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
  private static final Support FLOAT32_ONLY =
      new Support.No("its kernels are for float32", "convert to float32, or use reference");

  private static final Support FLOATS_ONLY =
      new Support.No("its products are for floating-point numbers", "convert to float32");

  private static final Support NO_EIGEN =
      new Support.No("it has no eigenvalue solver", "use openblas, or reference");

  /** Loaded only where the module is present. */
  private static final class Kernels {
    static final NormKernels NORMS = new VectorNorms();
    static final ResponseKernels RESPONSES = new VectorResponses();
    static final GemmKernels GEMM = new ParallelGemm(new VectorGemm());
    static final ElementwiseKernels ELEMENTWISE = new VectorElementwise();
    static final ReductionKernels REDUCTIONS = new VectorReductions();
    static final SoftmaxKernels SOFTMAX = new VectorSoftmax();
    static final LossKernels LOSSES = new VectorLosses();
    static final PoolingKernels POOLING = new VectorPooling();
    static final CopyKernels COPIES = new VectorCopies();
    static final ConvolutionKernels CONVOLUTIONS = new VectorConvolutions();
    static final UpdateKernels UPDATES = new VectorUpdates();
    static final DropKernels DROPOUT = new VectorDropout();
  }

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
    if (operation == Operation.GEMM) {
      return dtype.isFloating() ? Support.YES : FLOATS_ONLY;
    }
    if (operation == Operation.EIGEN) {
      return NO_EIGEN;
    }
    return dtype == DType.FLOAT32 ? Support.YES : FLOAT32_ONLY;
  }

  @Override
  public Map<String, String> details() {
    return Map.of(
        "SIMD",
        Lanes.BYTES * 8 + " bits, " + Lanes.FLOATS + " x float32",
        "C kernels",
        Streaming.describe());
  }

  @Override
  public NormKernels norms() {
    return Kernels.NORMS;
  }

  @Override
  public ResponseKernels responses() {
    return Kernels.RESPONSES;
  }

  @Override
  public GemmKernels gemm() {
    return Kernels.GEMM;
  }

  @Override
  public ElementwiseKernels elementwise() {
    return Kernels.ELEMENTWISE;
  }

  @Override
  public ReductionKernels reductions() {
    return Kernels.REDUCTIONS;
  }

  @Override
  public UpdateKernels updates() {
    return Kernels.UPDATES;
  }

  @Override
  public DropKernels dropout() {
    return Kernels.DROPOUT;
  }

  @Override
  public SoftmaxKernels softmax() {
    return Kernels.SOFTMAX;
  }

  @Override
  public LossKernels losses() {
    return Kernels.LOSSES;
  }

  @Override
  public PoolingKernels pooling() {
    return Kernels.POOLING;
  }

  @Override
  public CopyKernels copies() {
    return Kernels.COPIES;
  }

  @Override
  public ConvolutionKernels convolutions() {
    return Kernels.CONVOLUTIONS;
  }
}
