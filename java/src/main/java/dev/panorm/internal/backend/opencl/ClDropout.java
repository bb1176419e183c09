package dev.panorm.internal.backend.opencl;

import dev.panorm.RandomStream;
import dev.panorm.Tensor;
import dev.panorm.backend.DropKernels;
import dev.panorm.backend.DropPlan;

/** Dropout: the launches of {@code dropout.cl}. */
final class ClDropout implements DropKernels {

  private final ClContext context;

  ClDropout(ClContext context) {
    this.context = context;
  }

  @Override
  public void drop(DropPlan plan, RandomStream stream, Tensor x, Tensor y) {
    try (ClCall call = new ClCall(context, "dropout")) {
      ClKernels kernels = ClKernels.of(call, "dropout", x, x.elements());
      long perGroup = context.profile().elementsPerGroup(kernels.shape(), x.elements());
      ClOperand scales = plan.counted() == 0 ? null : scales(call, kernels, plan, stream, x);
      call.launch(kernels, "drop")
          .sizes(x.elements(), perGroup, plan.unit(), plan.counted())
          .sizes(stream.seed(), stream.stream(), plan.threshold())
          .reals(plan.scale(), plan.shift(), plan.dropped())
          .arrays(scales, call.read(x), call.write(y))
          .groups(ClNorms.ceil(x.elements(), perGroup));
    }
  }

  /** Counts what each row keeps, and returns the factor that makes up for the rest. */
  private ClOperand scales(
      ClCall call, ClKernels kernels, DropPlan plan, RandomStream stream, Tensor x) {
    long rows = x.elements() / plan.unit() / plan.counted();
    long perGroup = context.profile().rowsPerGroup(rows, plan.counted());
    ClOperand scales = call.scratch(rows * Double.BYTES);
    call.launch(kernels, "drop_scales")
        .sizes(rows, plan.counted(), perGroup)
        .sizes(stream.seed(), stream.stream(), plan.threshold())
        .arrays(scales)
        .groups(ClNorms.ceil(rows, perGroup));
    return scales;
  }
}
