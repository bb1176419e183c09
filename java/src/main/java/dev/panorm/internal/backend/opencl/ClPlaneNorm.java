package dev.panorm.internal.backend.opencl;

import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Family;
import dev.panorm.backend.NormStats;
import java.util.Objects;

/**
 * Norms over planes of contiguous positions: the launches of {@code planes.cl} and {@code
 * planes_backward.cl}.
 */
final class ClPlaneNorm {

  /** Bytes of four pages, less than which a run should not be. */
  private static final long RUN = 4 * 4096;

  /** Most units that one group sweeps side by side: {@code UNITS} of the source on a CPU. */
  private static final long MAX_SIDE_BY_SIDE = 32;

  private ClPlaneNorm() {}

  static void forward(ClCall call, ClForward f) {
    NormPlan plan = f.plan();
    ClKernels kernels = ClNorms.kernels(call, "planes", f, plan.inner());
    ClForward.Given given = f.given();
    LaunchProfile profile = call.context().profile();
    if (given != null) {
      apply(call, f, kernels, ClStatistics.given(call, kernels, plan, given));
    } else if (profile.sweepsUnits(plan, unitBytes(f.plan(), f.x().dtype().byteSize()))) {
      sweep(call, f, kernels);
    } else {
      ClStatistics statistics = ClStatistics.room(call, f);
      measure(call, f, kernels, statistics);
      apply(call, f, kernels, statistics);
    }
  }

  private static long unitBytes(NormPlan plan, long elementBytes) {
    return plan.perStatistic() * elementBytes;
  }

  private static int slab(NormPlan plan) {
    return plan.family() == Family.SLAB ? 1 : 0;
  }

  private static int centred(NormPlan plan) {
    return plan.centred() ? 1 : 0;
  }

  private static ClLaunch launch(ClCall call, ClKernels kernels, String kernel, NormPlan plan) {
    return call.launch(kernels, kernel)
        .sizes(plan.outer(), plan.channels(), plan.groups(), plan.inner())
        .flags(slab(plan));
  }

  /** Units that a group takes: several only where their planes are short and lie side by side. */
  private static long sideBySide(ClCall call, NormPlan plan, long bytesPerPosition) {
    LaunchProfile profile = call.context().profile();
    if (profile.ownMemory() || plan.family() == Family.SLAB) {
      return 1;
    }
    long toFillRun = ClNorms.ceil(RUN, plan.inner() * bytesPerPosition);
    long inCache = profile.unitBytes() / Math.max(1, unitBytes(plan, bytesPerPosition));
    long leavesEnough = plan.statistics() / profile.units();
    return Math.clamp(Math.min(toFillRun, Math.min(inCache, leavesEnough)), 1, MAX_SIDE_BY_SIDE);
  }

  private static void sweep(ClCall call, ClForward f, ClKernels kernels) {
    NormPlan plan = f.plan();
    long perGroup = sideBySide(call, plan, f.x().dtype().byteSize());
    NormStats saved = f.saved();
    launch(call, kernels, "planes_forward", plan)
        .sizes(plan.statistics(), perGroup)
        .arrays(call.read(f.x()), call.read(f.residual()))
        .arrays(call.read(f.affine().weight()), call.read(f.affine().bias()))
        .arrays(call.write(f.y()), call.write(f.sum()))
        .arrays(
            saved == null ? null : call.write(saved.mean()),
            saved == null ? null : call.write(saved.meanLow()),
            saved == null ? null : call.write(saved.rstd()))
        .arrays(call.update(f.runningMean()), call.update(f.runningVariance()))
        .reals(f.momentum())
        .flags(f.unbiased())
        .reals(plan.eps())
        .flags(ClCodes.of(plan.epsMode()), centred(plan))
        .groups(ClNorms.ceil(plan.statistics(), perGroup));
  }

  private static void measure(
      ClCall call, ClForward f, ClKernels kernels, ClStatistics statistics) {
    NormPlan plan = f.plan();
    Cut cut = Cut.of(call, plan);
    long planes = plan.perStatistic() / plan.inner();
    long parts = ClNorms.ceil(planes, cut.planes) * cut.pieces;
    long units = plan.statistics();
    ClOperand partial = call.scratch(units * parts * 3 * Double.BYTES);
    launch(call, kernels, "planes_statistics", plan)
        .sizes(parts, cut.planes, cut.pieces, cut.length)
        .arrays(call.read(f.x()), call.read(f.residual()), partial)
        .flags(centred(plan))
        .groups(units * parts);
    call.launch(kernels, "planes_merge")
        .sizes(units, parts)
        .arrays(partial, statistics.mean(), statistics.meanLow(), statistics.rstd())
        .arrays(call.update(f.runningMean()), call.update(f.runningVariance()))
        .reals(f.momentum())
        .flags(f.unbiased())
        .reals(plan.eps())
        .flags(ClCodes.of(plan.epsMode()))
        .items(units);
  }

  private static void apply(ClCall call, ClForward f, ClKernels kernels, ClStatistics statistics) {
    NormPlan plan = f.plan();
    Cut cut = Cut.of(call, plan);
    launch(call, kernels, "planes_apply", plan)
        .sizes(cut.planes, cut.pieces, cut.length)
        .arrays(call.read(f.x()), call.read(f.residual()))
        .arrays(call.read(f.affine().weight()), call.read(f.affine().bias()))
        .arrays(call.write(f.y()), call.write(f.sum()))
        .arrays(statistics.mean(), statistics.meanLow(), statistics.rstd())
        .groups(cut.groups(plan));
  }

  static void backward(ClCall call, ClBackward b) {
    NormPlan plan = b.plan();
    ClKernels kernels = ClNorms.kernels(call, "planes_backward", b, plan.inner());
    ClForward.Given given = b.given();
    NormStats saved = b.saved();
    ClStatistics statistics =
        given != null || saved == null
            ? ClStatistics.given(call, kernels, plan, Objects.requireNonNull(given))
            : ClStatistics.saved(call, saved);
    LaunchProfile profile = call.context().profile();
    if (b.wantsData()
        && profile.sweepsUnits(plan, unitBytes(plan, 2L * b.x().dtype().byteSize()))) {
      sweepBack(call, b, kernels, statistics);
    } else {
      backInParts(call, b, kernels, statistics);
    }
  }

  private static void sweepBack(
      ClCall call, ClBackward b, ClKernels kernels, ClStatistics statistics) {
    NormPlan plan = b.plan();
    long perGroup = sideBySide(call, plan, 2L * b.x().dtype().byteSize());
    ClOperand sums = call.scratch(plan.outer() * plan.channels() * 2 * Double.BYTES);
    launch(call, kernels, "planes_backward", plan)
        .sizes(plan.statistics(), perGroup)
        .arrays(call.read(b.x()), call.read(b.dy()), call.read(b.residual()))
        .arrays(call.read(b.affine().weight()), call.read(b.affine().bias()))
        .arrays(statistics.mean(), statistics.meanLow(), statistics.rstd())
        .arrays(call.read(b.dsum()), call.write(b.dx()), call.write(b.dresidual()), sums)
        .reals(plan.eps())
        .flags(ClCodes.of(plan.epsMode()), centred(plan), b.frozen())
        .groups(ClNorms.ceil(plan.statistics(), perGroup));
    parameters(call, b, kernels, sums, 1);
  }

  private static void backInParts(
      ClCall call, ClBackward b, ClKernels kernels, ClStatistics statistics) {
    NormPlan plan = b.plan();
    Cut cut = Cut.of(call, plan);
    ClOperand sums = call.scratch(plan.outer() * plan.channels() * cut.pieces * 2 * Double.BYTES);
    launch(call, kernels, "planes_backward_sums", plan)
        .sizes(cut.planes, cut.pieces, cut.length)
        .arrays(call.read(b.x()), call.read(b.dy()), call.read(b.residual()))
        .arrays(call.read(b.affine().weight()), call.read(b.affine().bias()))
        .arrays(statistics.mean(), statistics.meanLow(), statistics.rstd(), sums)
        .groups(cut.groups(plan));
    if (b.wantsData()) {
      ClOperand means = call.scratch(plan.statistics() * 2 * Double.BYTES);
      launch(call, kernels, "planes_backward_units", plan)
          .sizes(plan.statistics(), cut.pieces)
          .arrays(sums, call.read(b.affine().weight()), statistics.rstd(), means)
          .reals(plan.eps())
          .flags(ClCodes.of(plan.epsMode()), centred(plan), b.frozen())
          .items(plan.statistics());
      launch(call, kernels, "planes_backward_apply", plan)
          .sizes(cut.planes, cut.pieces, cut.length)
          .arrays(call.read(b.x()), call.read(b.dy()), call.read(b.residual()))
          .arrays(call.read(b.affine().weight()), call.read(b.affine().bias()))
          .arrays(statistics.mean(), statistics.meanLow(), statistics.rstd())
          .arrays(call.read(b.dsum()), call.write(b.dx()), call.write(b.dresidual()), means)
          .groups(cut.groups(plan));
    }
    parameters(call, b, kernels, sums, cut.pieces);
  }

  private static void parameters(
      ClCall call, ClBackward b, ClKernels kernels, ClOperand sums, long pieces) {
    if (b.wantsParameters()) {
      NormPlan plan = b.plan();
      call.launch(kernels, "planes_parameters")
          .sizes(plan.outer(), plan.channels(), pieces)
          .arrays(sums, call.write(b.gradient().weight()), call.write(b.gradient().bias()))
          .items(plan.channels());
    }
  }

  /**
   * What one group takes where units are split: several planes, or a piece of one.
   *
   * @param planes number of planes, 1 where they are cut
   * @param pieces number of pieces of a plane
   * @param length elements of a piece
   */
  private record Cut(long planes, long pieces, long length) {

    static Cut of(ClCall call, NormPlan plan) {
      long most = call.context().profile().pieceElements();
      if (plan.inner() <= most) {
        long planesOfUnit = plan.perStatistic() / plan.inner();
        return new Cut(Math.clamp(most / plan.inner(), 1, planesOfUnit), 1, plan.inner());
      }
      return new Cut(1, ClNorms.ceil(plan.inner(), most), most);
    }

    long groups(NormPlan plan) {
      return ClNorms.ceil(plan.outer() * plan.channels(), planes) * pieces;
    }
  }
}
