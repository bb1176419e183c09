package dev.panorm.internal.backend.opencl;

import dev.panorm.DType;
import dev.panorm.Layout;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Family;
import dev.panorm.backend.NormStats;

/**
 * BatchNorm of short planes whose statistics come from the data: the launches of {@code strips.cl}.
 */
final class ClStripNorm {

  private static final String PROGRAM = "strips";

  /** Bytes of a strip's row, {@code STRIP} of the source. */
  private static final long STRIP = 4096;

  /** Most channels of a strip, {@code UNITS} of the source. */
  private static final long MAX_CHANNELS = 64;

  /** Shortest plane: a channel's columns are added up in vectors. */
  private static final long SHORTEST = 16;

  /** Planes that are whole vectors together, whatever their length, with vectors of 32 bytes. */
  private static final long WHOLE = 8;

  private ClStripNorm() {}

  /** Returns whether the strips of a forward call stay in the cache and keep the device busy. */
  static boolean serves(LaunchProfile profile, ClForward f) {
    return f.given() == null && serves(profile, f.plan(), f.x().dtype(), 1);
  }

  /** Returns whether the strips of a backward call stay in the cache and keep the device busy. */
  static boolean serves(LaunchProfile profile, ClBackward b) {
    return b.given() == null && b.wantsData() && serves(profile, b.plan(), b.x().dtype(), 2);
  }

  private static boolean serves(LaunchProfile profile, NormPlan plan, DType dtype, int arrays) {
    return plan.family() == Family.CHANNEL
        && plan.layout() == Layout.NCHW
        && plan.inner() >= SHORTEST
        && plan.inner() <= profile.shortPlane()
        && plan.outer() * STRIP * arrays <= profile.unitBytes()
        && plan.channels() / channels(plan, dtype) >= profile.units();
  }

  /** Channels of a strip: where it can be, so many that their planes are whole vectors together. */
  private static long channels(NormPlan plan, DType dtype) {
    long most = Math.clamp(STRIP / (plan.inner() * dtype.byteSize()), 1, MAX_CHANNELS);
    return most >= WHOLE ? most / WHOLE * WHOLE : most;
  }

  /** Elements that every strip's row is a multiple of: the last may have fewer channels. */
  private static long run(NormPlan plan, long perGroup) {
    return plan.channels() % perGroup == 0 ? plan.inner() * perGroup : plan.inner();
  }

  static void forward(ClCall call, ClForward f) {
    NormPlan plan = f.plan();
    long perGroup = channels(plan, f.x().dtype());
    NormStats saved = f.saved();
    call.launch(ClNorms.kernels(call, PROGRAM, f, run(plan, perGroup)), "strips_forward")
        .sizes(plan.outer(), plan.channels(), plan.inner(), perGroup)
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
        .flags(ClCodes.of(plan.epsMode()), plan.centred() ? 1 : 0)
        .groups(ClNorms.ceil(plan.channels(), perGroup));
  }

  static void backward(ClCall call, ClBackward b, NormStats saved) {
    NormPlan plan = b.plan();
    long perGroup = channels(plan, b.x().dtype());
    ClStatistics statistics = ClStatistics.saved(call, saved);
    call.launch(ClNorms.kernels(call, PROGRAM, b, run(plan, perGroup)), "strips_backward")
        .sizes(plan.outer(), plan.channels(), plan.inner(), perGroup)
        .arrays(call.read(b.x()), call.read(b.dy()), call.read(b.residual()))
        .arrays(call.read(b.affine().weight()), call.read(b.affine().bias()))
        .arrays(statistics.mean(), statistics.meanLow(), statistics.rstd())
        .arrays(call.read(b.dsum()), call.write(b.dx()), call.write(b.dresidual()))
        .arrays(call.write(b.gradient().weight()), call.write(b.gradient().bias()))
        .reals(plan.eps())
        .flags(ClCodes.of(plan.epsMode()), plan.centred() ? 1 : 0)
        .groups(ClNorms.ceil(plan.channels(), perGroup));
  }
}
