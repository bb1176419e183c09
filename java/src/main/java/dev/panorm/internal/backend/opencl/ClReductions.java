package dev.panorm.internal.backend.opencl;

import dev.panorm.Tensor;
import dev.panorm.backend.ReducePlan;
import dev.panorm.backend.Reduction;
import dev.panorm.backend.ReductionKernels;

/** Reductions: the launches of {@code reduce.cl}. */
final class ClReductions implements ReductionKernels {

  /** Elements of a row that one group takes; a longer row is cut, so that it keeps many busy. */
  private static final long CHUNK = 1 << 16;

  private final ClContext context;

  ClReductions(ClContext context) {
    this.context = context;
  }

  @Override
  public void reduce(Reduction function, ReducePlan plan, Tensor x, Tensor y) {
    try (ClCall call = new ClCall(context, "reduction " + function)) {
      if (plan.keepMid() && plan.inner() == 1) {
        columns(call, function, 1, plan.outer(), plan.mid(), x, y);
      } else if (plan.keepMid()) {
        rows(call, function, plan.outer(), plan.mid(), plan.inner(), x, y);
      } else if (plan.inner() == 1) {
        rows(call, function, 1, plan.outer(), plan.mid(), x, y);
      } else {
        columns(call, function, plan.outer(), plan.mid(), plan.inner(), x, y);
      }
    }
  }

  /** Over rows of n contiguous elements, x being [outer, results, n]. */
  private static void rows(
      ClCall call, Reduction function, long outer, long results, long n, Tensor x, Tensor y) {
    ClKernels kernels = ClKernels.of(call, "reduce", x, n);
    long chunks = ClNorms.ceil(n, CHUNK);
    ClOperand partial = call.scratch(outer * results * chunks * Double.BYTES);
    call.launch(kernels, "reduce_rows")
        .sizes(n, chunks, CHUNK)
        .flags(ClCodes.of(function))
        .arrays(call.read(x), partial)
        .groups(outer * results * chunks);
    call.launch(kernels, "reduce_finish")
        .sizes(results, outer, chunks, outer * n)
        .flags(ClCodes.of(function))
        .arrays(partial, call.write(y))
        .items(results);
  }

  /** Over mid of [outer, mid, inner]. */
  private static void columns(
      ClCall call, Reduction function, long outer, long mid, long inner, Tensor x, Tensor y) {
    ClKernels kernels = ClKernels.of(call, "reduce", x, inner);
    long tiles = kernels.tiles(inner);
    call.launch(kernels, "reduce_columns")
        .sizes(mid, inner, tiles)
        .flags(ClCodes.of(function))
        .arrays(call.read(x), call.write(y))
        .groups(outer * tiles);
  }

  @Override
  public void argmax(long outer, long mid, long inner, Tensor x, Tensor indices) {
    try (ClCall call = new ClCall(context, "argmax")) {
      call.launch(ClKernels.of(call, "reduce", x, mid), "argmax")
          .sizes(outer, mid, inner)
          .arrays(call.read(x), call.write(indices))
          .items(outer * inner);
    }
  }
}
