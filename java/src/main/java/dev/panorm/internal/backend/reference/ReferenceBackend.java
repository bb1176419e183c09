package dev.panorm.internal.backend.reference;

import dev.panorm.DType;
import dev.panorm.backend.Backend;
import dev.panorm.backend.ElementwiseKernels;
import dev.panorm.backend.LossKernels;
import dev.panorm.backend.NormKernels;
import dev.panorm.backend.Operation;
import dev.panorm.backend.ReductionKernels;
import dev.panorm.backend.SoftmaxKernels;
import dev.panorm.backend.Support;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** The last rung: plain loops that accumulate in float64, on one thread, on any machine. */
public final class ReferenceBackend implements Backend {

  private static final Support INTEGERS =
      new Support.No("integers have no mathematics here", "convert to float32 or float64");
  private static final Support NO_KERNELS = new Support.No("it has no such kernels", "");
  private static final Set<Operation> SERVED =
      EnumSet.of(
          Operation.NORM,
          Operation.ELEMENTWISE,
          Operation.REDUCTION,
          Operation.SOFTMAX,
          Operation.LOSS);

  private final NormKernels norms = new ReferenceNorms();
  private final ElementwiseKernels elementwise = new ReferenceElementwise();
  private final ReductionKernels reductions = new ReferenceReductions();
  private final SoftmaxKernels softmax = new ReferenceSoftmax();
  private final LossKernels losses = new ReferenceLosses();

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
    return SERVED.contains(operation) ? Support.YES : NO_KERNELS;
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
}
