package dev.panorm.bench.compare;

import dev.panorm.backend.Backend;
import dev.panorm.backend.NormKernels;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.RunningStats;
import dev.panorm.bench.task.Direction;
import dev.panorm.bench.task.NormData;
import dev.panorm.bench.task.NormTask;
import dev.panorm.ops.NormSpec;
import dev.panorm.ops.Norms;
import org.jspecify.annotations.Nullable;

/** Norms as users of Panorm call them, and the kernels behind. */
final class PanormNorms {

  private static final double MOMENTUM = 0.1;

  private PanormNorms() {}

  /** Returns the call; for backward, forward has left its statistics. */
  static Runnable work(NormTask task) {
    NormData data = task.data();
    NormSpec spec = task.norm().spec();
    return switch (task.part()) {
      case FWD -> forward(task, null);
      case TRAIN ->
          forward(task, new RunningStats(data.runningMean(), data.runningVariance(), MOMENTUM));
      case EVAL ->
          () ->
              Norms.frozenForward(
                  spec,
                  data.x(),
                  null,
                  data.affine(),
                  data.mean(),
                  data.variance(),
                  data.y(),
                  null);
      case BWD -> {
        forward(task, null).run();
        yield () ->
            Norms.backward(
                spec,
                data.normalized(),
                null,
                data.affine(),
                data.saved(),
                data.dy(),
                data.dsum(),
                data.dx(),
                null,
                data.gradient());
      }
    };
  }

  private static Runnable forward(NormTask task, @Nullable RunningStats running) {
    NormData data = task.data();
    return () ->
        Norms.forward(
            task.norm().spec(),
            data.x(),
            data.residual(),
            data.affine(),
            running,
            data.y(),
            data.sum(),
            data.saved());
  }

  /** Returns the kernel alone, without checks, choice of a backend and counting of users. */
  static Runnable kernel(NormTask task, Backend backend) {
    NormData data = task.data();
    NormPlan plan = task.norm().spec().plan(task.norm().shape());
    NormKernels kernels = backend.norms();
    if (plan.family() != NormPlan.Family.SLAB || task.part() != Direction.FWD) {
      throw new UnavailableException("only forward over slabs is called without its checks");
    }
    return () ->
        kernels.forward(
            plan,
            data.x(),
            data.residual(),
            data.affine(),
            null,
            data.y(),
            data.sum(),
            data.saved());
  }
}
