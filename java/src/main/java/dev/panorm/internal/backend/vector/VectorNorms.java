package dev.panorm.internal.backend.vector;

import dev.panorm.Layout;
import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormKernels;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormStats;
import dev.panorm.backend.RunningStats;
import org.jspecify.annotations.Nullable;

/**
 * The norms on float32 vectors. Where the data stands decides: rows (LayerNorm, RMSNorm), planes
 * (NCHW), strips of short planes, or columns (NHWC).
 *
 * <p>The objects of a call belong to the calling thread and serve its next call, so that a call
 * allocates nothing.
 */
final class VectorNorms implements NormKernels {

  private final ThreadLocal<Tasks> tasks = ThreadLocal.withInitial(Tasks::new);

  /** What one thread needs for its calls. */
  private static final class Tasks {
    final ForwardCall forward = new ForwardCall();
    final RowForward rowForward = new RowForward(forward);
    final PlaneForward planeForward = new PlaneForward(forward);
    final StripForward stripForward = new StripForward(forward);
    final ColumnForward columnForward = new ColumnForward(forward);

    final BackwardCall backward = new BackwardCall();
    final RowBackward rowBackward = new RowBackward(backward);
    final PlaneBackward planeBackward = new PlaneBackward(backward);
    final StripBackward stripBackward = new StripBackward(backward);
    final ColumnBackward columnBackward = new ColumnBackward(backward);
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
    Tasks mine = tasks.get();
    mine.backward.bind(plan, x, residual, affine, dy, dsum, dx, dresidual, gradient);
    mine.backward.bindSaved(saved);
    run(mine, mine.backward);
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
    Tasks mine = tasks.get();
    mine.forward.bind(plan, x, residual, affine, y, sum);
    mine.forward.bindStatistics(saved, running);
    run(mine, mine.forward);
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
    Tasks mine = tasks.get();
    mine.forward.bind(plan, x, residual, affine, y, sum);
    mine.forward.bindGiven(mean, variance);
    run(mine, mine.forward);
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
    Tasks mine = tasks.get();
    mine.backward.bind(plan, x, residual, affine, dy, dsum, dx, dresidual, gradient);
    mine.backward.bindGiven(mean, variance);
    run(mine, mine.backward);
  }

  private static void run(Tasks mine, ForwardCall call) {
    try {
      if (rows(call.plan)) {
        mine.rowForward.run();
      } else if (Strips.serve(call)) {
        mine.stripForward.run();
      } else if (planes(call.plan)) {
        mine.planeForward.run();
      } else {
        mine.columnForward.run();
      }
    } finally {
      call.release();
    }
  }

  private static void run(Tasks mine, BackwardCall call) {
    try {
      if (rows(call.plan)) {
        mine.rowBackward.run();
      } else if (Strips.serve(call)) {
        mine.stripBackward.run();
      } else if (planes(call.plan)) {
        mine.planeBackward.run();
      } else {
        mine.columnBackward.run();
      }
    } finally {
      call.release();
    }
  }

  static boolean rows(NormPlan plan) {
    return plan.family() == NormPlan.Family.SLAB && plan.groups() == 1 && plan.inner() == 1;
  }

  static boolean planes(NormPlan plan) {
    return plan.layout() == Layout.NCHW && plan.inner() > 1;
  }
}
