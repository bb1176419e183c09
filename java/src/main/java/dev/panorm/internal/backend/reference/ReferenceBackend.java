package dev.panorm.internal.backend.reference;

import dev.panorm.DType;
import dev.panorm.backend.Backend;
import dev.panorm.backend.ConvolutionKernels;
import dev.panorm.backend.CopyKernels;
import dev.panorm.backend.DropKernels;
import dev.panorm.backend.EigenKernels;
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
import java.util.Map;

/** The last rung: plain loops that accumulate in float64, on one thread, on any machine. */
public final class ReferenceBackend implements Backend {

  private static final Support INTEGERS =
      new Support.No("integers have no mathematics here", "convert to float32 or float64");

  private final NormKernels norms = new ReferenceNorms();
  private final ResponseKernels responses = new ReferenceResponses();
  private final ElementwiseKernels elementwise = new ReferenceElementwise();
  private final ReductionKernels reductions = new ReferenceReductions();
  private final SoftmaxKernels softmax = new ReferenceSoftmax();
  private final LossKernels losses = new ReferenceLosses();
  private final GemmKernels gemm = new ReferenceGemm();
  private final EigenKernels eigen = new ReferenceEigen();
  private final ConvolutionKernels convolutions = new ReferenceConvolutions();
  private final PoolingKernels pooling = new ReferencePooling();
  private final CopyKernels copies = new ReferenceCopies();
  private final UpdateKernels updates = new ReferenceUpdates();
  private final DropKernels dropout = new ReferenceDropout();

  /** Called by {@link java.util.ServiceLoader}. */
  public ReferenceBackend() {}

  @Override
  public String name() {
    return "reference";
  }

  @Override
  public int rank() {
    return 1000;
  }

  @Override
  public Support available() {
    return Support.YES;
  }

  @Override
  public Support supports(Operation operation, DType dtype, long elements) {
    if (!dtype.isFloating()) {
      return INTEGERS;
    }
    return Support.YES;
  }

  @Override
  public Map<String, String> details() {
    return Map.of("accumulates in", "float64");
  }

  @Override
  public NormKernels norms() {
    return norms;
  }

  @Override
  public ResponseKernels responses() {
    return responses;
  }

  @Override
  public ElementwiseKernels elementwise() {
    return elementwise;
  }

  @Override
  public ReductionKernels reductions() {
    return reductions;
  }

  @Override
  public SoftmaxKernels softmax() {
    return softmax;
  }

  @Override
  public LossKernels losses() {
    return losses;
  }

  @Override
  public GemmKernels gemm() {
    return gemm;
  }

  @Override
  public EigenKernels eigen() {
    return eigen;
  }

  @Override
  public ConvolutionKernels convolutions() {
    return convolutions;
  }

  @Override
  public PoolingKernels pooling() {
    return pooling;
  }

  @Override
  public CopyKernels copies() {
    return copies;
  }

  @Override
  public UpdateKernels updates() {
    return updates;
  }

  @Override
  public DropKernels dropout() {
    return dropout;
  }
}
