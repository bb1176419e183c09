package dev.panorm.internal.backend.opencl;

import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormStats;
import org.jspecify.annotations.Nullable;

/**
 * Norms over contiguous elements with one weight each: the launches of {@code rows.cl} and {@code
 * rows_backward.cl}.
 */
final class ClRowNorm {

  private ClRowNorm() {}

  static void forward(ClCall call, ClForward f) {
    NormPlan plan = f.plan();
    long rows = plan.statistics();
    long n = plan.perStatistic();
    long perGroup = call.context().profile().rowsPerGroup(rows, n);
    NormStats saved = f.saved();
    call.launch(ClNorms.kernels(call, "rows", f, n), "rows_forward")
        .sizes(rows, n, plan.groups(), perGroup)
        .arrays(call.read(f.x()), call.read(f.residual()))
        .arrays(call.read(f.affine().weight()), call.read(f.affine().bias()))
        .arrays(call.write(f.y()), call.write(f.sum()))
        .arrays(
            saved == null ? null : call.write(saved.mean()),
            saved == null ? null : call.write(saved.meanLow()),
            saved == null ? null : call.write(saved.rstd()))
        .reals(plan.eps())
        .flags(ClCodes.of(plan.epsMode()), plan.centred() ? 1 : 0)
        .groups(ClNorms.ceil(rows, perGroup));
  }

  static void backward(ClCall call, ClBackward b, NormStats saved) {
    NormPlan plan = b.plan();
    long n = plan.perStatistic();
    long columns = plan.channels();
    long perChunk = call.context().profile().rowsPerChunk(plan.outer());
    long chunks = ClNorms.ceil(plan.outer(), perChunk);
    ClKernels kernels = ClNorms.kernels(call, "rows_backward", b, n);
    ClStatistics statistics = ClStatistics.saved(call, saved);
    @Nullable ClOperand partial =
        b.wantsParameters() ? call.scratch(chunks * 2 * columns * b.x().dtype().byteSize()) : null;
    call.launch(kernels, "rows_backward")
        .sizes(plan.outer(), n, plan.groups(), perChunk)
        .arrays(call.read(b.x()), call.read(b.dy()), call.read(b.residual()))
        .arrays(call.read(b.affine().weight()), call.read(b.affine().bias()))
        .arrays(statistics.mean(), statistics.meanLow(), statistics.rstd())
        .arrays(call.read(b.dsum()), call.write(b.dx()), call.write(b.dresidual()), partial)
        .reals(plan.eps())
        .flags(ClCodes.of(plan.epsMode()), plan.centred() ? 1 : 0)
        .groups(chunks);
    if (partial != null) {
      call.launch(kernels, "rows_finish")
          .sizes(chunks, columns)
          .arrays(partial, call.write(b.gradient().weight()), call.write(b.gradient().bias()))
          .items(2 * ClNorms.ceil(columns, finish(kernels) * kernels.shape().vectorWidth()));
    }
  }

  /** Vectors of columns of one array that one item adds up: {@code FINISH} of the source. */
  private static long finish(ClKernels kernels) {
    return kernels.shape().localSize() == 1 ? 32 : 1;
  }
}
