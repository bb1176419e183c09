package dev.panorm.internal.backend.opencl;

import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormStats;
import org.jspecify.annotations.Nullable;

/**
 * Mean (high and low part) and rstd of each unit during one call; a null mean stands for zeros.
 *
 * @param mean high part
 * @param meanLow what its rounding lost
 * @param rstd what centred values are multiplied with
 */
record ClStatistics(@Nullable ClOperand mean, @Nullable ClOperand meanLow, ClOperand rstd) {

  /** Those that an earlier call saved. */
  static ClStatistics saved(ClCall call, NormStats saved) {
    ClOperand rstd = call.read(saved.rstd());
    if (rstd == null) {
      throw new IllegalStateException("rstd is always saved");
    }
    return new ClStatistics(call.read(saved.mean()), call.read(saved.meanLow()), rstd);
  }

  /** Room for those of this call: the caller's where it wants them, else scratch memory. */
  static ClStatistics room(ClCall call, ClForward forward) {
    NormPlan plan = forward.plan();
    NormStats saved = forward.saved();
    long bytes = plan.statistics() * forward.x().dtype().byteSize();
    ClOperand mean = saved == null ? null : call.write(saved.mean());
    ClOperand low = saved == null ? null : call.write(saved.meanLow());
    ClOperand rstd = saved == null ? null : call.write(saved.rstd());
    return new ClStatistics(
        mean == null && plan.centred() ? call.scratch(bytes) : mean,
        low == null && plan.centred() ? call.scratch(bytes) : low,
        rstd == null ? call.scratch(bytes) : rstd);
  }

  /** Those of given means and variances. */
  static ClStatistics given(ClCall call, ClKernels kernels, NormPlan plan, ClForward.Given given) {
    long bytes = plan.channels() * given.mean().dtype().byteSize();
    ClStatistics made =
        new ClStatistics(call.scratch(bytes), call.scratch(bytes), call.scratch(bytes));
    call.launch(kernels, "given_statistics")
        .sizes(plan.channels())
        .arrays(
            call.read(given.mean()),
            call.read(given.variance()),
            made.mean(),
            made.meanLow(),
            made.rstd())
        .reals(plan.eps())
        .flags(ClCodes.of(plan.epsMode()))
        .items(plan.channels());
    return made;
  }
}
