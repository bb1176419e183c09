package dev.panorm.distributed;

import dev.panorm.Layout;
import dev.panorm.Shape;
import dev.panorm.autograd.Variable;
import dev.panorm.internal.check.Check;
import dev.panorm.nn.BatchNorm;
import dev.panorm.nn.ChannelMoments;
import dev.panorm.nn.Module;

/**
 * BatchNorm whose statistics are those of all workers' batches together, PyTorch's module of the
 * same name: forward and backward are those of one BatchNorm on the concatenated batch.
 *
 * <p>In training each worker finds the moments of its own data, {@link ChannelMoments}, and all of
 * them merge what all have found in the order of the ranks, so running statistics are the same bits
 * everywhere. Backward adds up Σ dy and Σ dy · x̂ over the workers. The gradients of weight and
 * bias are those of the worker's own data, to be added up with all others by {@link Replicas}. The
 * batches may differ in size; one may be empty. Data is [N, C, positions...], or channels last.
 *
 * <p>In evaluation, or frozen, nothing is exchanged. Gradients may be differentiated again.
 */
public final class SyncBatchNorm extends Module {

  private static final String NAME = "syncBatchNorm";

  private final BatchNorm norm;
  private final Workers workers;

  /**
   * Creates the module around a norm, which it owns from now on.
   *
   * @param norm eps, layout, momentum, scale and shift; the same on all workers
   * @param workers this worker and its fellows
   */
  public SyncBatchNorm(BatchNorm norm, Workers workers) {
    this.norm = register("norm", norm);
    this.workers = workers;
  }

  /**
   * Normalizes this worker's part of the batch.
   *
   * @throws IllegalArgumentException if the shape does not fit, or all workers together have one
   *     value per channel in training
   */
  @Override
  public Variable forward(Variable x) {
    if (!norm.isTraining() || norm.isFrozen()) {
      return norm.forward(x);
    }
    checkShape(x.shape());
    ChannelMoments all = merged(ChannelMoments.of(x.value(), norm.spec().layout()));
    Check.that(
        all.count() > 1, NAME, "x's shape", x.shape(), "two values or more per channel in all");
    Variable y = Synchronized.of(norm.spec(), x, norm.weight(), norm.bias(), all, workers);
    norm.absorb(all);
    return y;
  }

  private void checkShape(Shape shape) {
    Check.that(shape.rank() >= 2, NAME, "x's shape", shape, "2 dimensions or more");
    long channels = shape.dim(norm.spec().layout() == Layout.NCHW ? 1 : -1);
    Check.that(
        channels == norm.numFeatures(), NAME, "x's shape", shape, norm.numFeatures() + " channels");
  }

  private ChannelMoments merged(ChannelMoments mine) {
    ChannelMoments all = ChannelMoments.none(mine.channels());
    for (double[] numbers : workers.allGather(mine.toArray())) {
      all = all.merge(ChannelMoments.of(numbers));
    }
    return all;
  }

  /** Returns the norm inside. */
  public BatchNorm norm() {
    return norm;
  }
}
