package dev.panorm.internal.backend.opencl;

import dev.panorm.Layout;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormKernels;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormStats;
import dev.panorm.backend.RunningStats;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The norm family: finds the kernels that fit how the elements of a statistic lie in memory.
 *
 * <p>Unlike other backends it allocates on the Java heap, since JOCL does with every argument.
 */
final class ClNorms implements NormKernels {

  private final ClContext context;

  ClNorms(ClContext context) {
    this.context = context;
  }

  /** Returns the variant of a norm's program for runs of a length. */
  static ClKernels kernels(ClCall call, String program, ClForward f, long run) {
    return kernels(call, program, f.plan(), f.x(), run, f.tensors());
  }

  /** Returns the variant of a norm's program for runs of a length. */
  static ClKernels kernels(ClCall call, String program, ClBackward b, long run) {
    return kernels(call, program, b.plan(), b.x(), run, b.tensors());
  }

  private static ClKernels kernels(
      ClCall call, String program, NormPlan plan, Tensor x, long run, Stream<Tensor> all) {
    ClContext context = call.context();
    long vector = context.profile().vectorBytes(context.device());
    boolean aligned =
        run * x.dtype().byteSize() % vector == 0
            && all.allMatch(t -> (t.storage().address() + t.byteOffset()) % vector == 0);
    return new ClKernels(
        program,
        Map.of(
            "DTYPE", ClCodes.of(x.dtype()),
            "ACT", ClCodes.of(plan.activation()),
            "RES", ClCodes.of(plan.residual())),
        context.profile().shape(context.device(), x.dtype(), run, x.byteSize(), aligned));
  }

  static long ceil(long a, long b) {
    return (a + b - 1) / b;
  }

  @Override
  public void forward(
      NormPlan plan,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      @Nullable RunningStats running,
      Tensor y,
      @Nullable Tensor sum,
      @Nullable NormStats saved) {
    forward(new ClForward(plan, x, residual, affine, running, null, y, sum, saved));
  }

  @Override
  public void frozenForward(
      NormPlan plan,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      Tensor mean,
      Tensor variance,
      Tensor y,
      @Nullable Tensor sum) {
    forward(
        new ClForward(
            plan, x, residual, affine, null, new ClForward.Given(mean, variance), y, sum, null));
  }

  @Override
  public void backward(
      NormPlan plan,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      NormStats saved,
      Tensor dy,
      @Nullable Tensor dsum,
      @Nullable Tensor dx,
      @Nullable Tensor dresidual,
      Affine gradient) {
    backward(
        new ClBackward(plan, x, residual, affine, saved, null, dy, dsum, dx, dresidual, gradient));
  }

  @Override
  public void frozenBackward(
      NormPlan plan,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      Tensor mean,
      Tensor variance,
      Tensor dy,
      @Nullable Tensor dsum,
      @Nullable Tensor dx,
      @Nullable Tensor dresidual,
      Affine gradient) {
    backward(
        new ClBackward(
            plan,
            x,
            residual,
            affine,
            null,
            new ClForward.Given(mean, variance),
            dy,
            dsum,
            dx,
            dresidual,
            gradient));
  }

  private void forward(ClForward f) {
    try (ClCall call = new ClCall(context, name(f.plan()))) {
      if (rows(f.plan())) {
        ClRowNorm.forward(call, f);
      } else if (ClStripNorm.serves(context.profile(), f)) {
        ClStripNorm.forward(call, f);
      } else if (planes(f.plan(), context.profile())) {
        ClPlaneNorm.forward(call, f);
      } else {
        ClColumnNorm.forward(call, f);
      }
    }
  }

  private void backward(ClBackward b) {
    try (ClCall call = new ClCall(context, name(b.plan()) + " backward")) {
      NormStats saved = b.saved();
      if (saved != null && rows(b.plan())) {
        ClRowNorm.backward(call, b, saved);
      } else if (saved != null && ClStripNorm.serves(context.profile(), b)) {
        ClStripNorm.backward(call, b, saved);
      } else if (planes(b.plan(), context.profile())) {
        ClPlaneNorm.backward(call, b);
      } else {
        ClColumnNorm.backward(call, b);
      }
    }
  }

  private static String name(NormPlan plan) {
    return plan.family() + " norm of " + plan.outer() + "x" + plan.channels() + "x" + plan.inner();
  }

  /** Each statistic is over contiguous elements with weights of their own. */
  private static boolean rows(NormPlan plan) {
    return plan.family() == NormPlan.Family.SLAB && plan.inner() == 1;
  }

  /**
   * Each channel of each sample is contiguous, and long where it has to be found in each sample.
   */
  private static boolean planes(NormPlan plan, LaunchProfile profile) {
    return plan.layout() == Layout.NCHW
        && plan.inner() > (plan.family() == NormPlan.Family.SLAB ? 1 : profile.shortPlane());
  }
}
