package dev.panorm.internal.backend.vector;

import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Residual;
import dev.panorm.backend.NormStats;
import dev.panorm.backend.RunningStats;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of one forward call; 0 stands for an absent tensor. One object serves many calls.
 */
final class ForwardCall {

  private static final long F4 = Float.BYTES;

  NormPlan plan = Partition.NO_PLAN;
  long x;
  long y;
  long residual;
  final Parameters parameters = new Parameters();

  /** Where the norm's input stands: x, or the sum of x and the residual once it was prepared. */
  long source;

  /** Given statistics of each channel, for a frozen norm. */
  long givenMean;

  long givenVariance;

  /** Whether the result goes past the caches. */
  boolean streams;

  private long savedMean;
  private long savedLow;
  private long savedRstd;
  private @Nullable RunningStats running;
  private long runningMean;
  private long runningVariance;

  void bind(
      NormPlan newPlan,
      Tensor input,
      @Nullable Tensor second,
      Affine affine,
      Tensor output,
      @Nullable Tensor sum) {
    plan = newPlan;
    x = input.readAddress();
    residual = Addresses.read(second);
    y = output.writeAddress();
    long sumAddress = Addresses.write(sum);
    source = plan.residual() != Residual.BEFORE_NORM ? x : sumAddress != 0 ? sumAddress : y;
    streams = source != y && Streaming.servesResult(output.shape().elements());
    parameters.bind(affine, plan.channels());
    givenMean = 0;
    givenVariance = 0;
    bindStatistics(null, null);
  }

  void bindStatistics(@Nullable NormStats saved, @Nullable RunningStats averages) {
    savedMean = saved == null ? 0 : Addresses.write(saved.mean());
    savedLow = saved == null ? 0 : Addresses.write(saved.meanLow());
    savedRstd = saved == null ? 0 : Addresses.write(saved.rstd());
    running = averages;
    runningMean = averages == null ? 0 : averages.mean().updateAddress();
    runningVariance = averages == null ? 0 : averages.variance().updateAddress();
  }

  void bindGiven(Tensor mean, Tensor variance) {
    givenMean = mean.readAddress();
    givenVariance = variance.readAddress();
  }

  boolean frozen() {
    return givenMean != 0;
  }

  /**
   * Puts the sum of x and the residual where the norm reads it, if there is one before the norm.
   */
  void prepare(long offset, long length) {
    if (plan.residual() == Residual.BEFORE_NORM) {
      BlockKernels.add(x + offset, residual + offset, source + offset, length);
    }
  }

  /** {@link #prepare} for rows of a matrix that stand {@code stride} bytes apart. */
  void prepare(long offset, int rows, long stride, int length) {
    if (stride == length * F4) {
      prepare(offset, rows * (long) length);
      return;
    }
    for (int r = 0; r < rows; r++) {
      prepare(offset + r * stride, length);
    }
  }

  /** Returns where that stands which is added to a part of the result, 0 if nothing is. */
  long after(long offset) {
    return plan.residual() == Residual.AFTER_NORM ? residual + offset : 0;
  }

  /** Returns where the mean of a set is saved, 0 if nowhere. */
  long savedMean(long set) {
    return savedMean == 0 ? 0 : savedMean + set * F4;
  }

  /** Returns where that is saved which the rounding of a set's mean lost, 0 if nowhere. */
  long savedLow(long set) {
    return savedLow == 0 ? 0 : savedLow + set * F4;
  }

  /** Returns where the rstd of a set is saved, 0 if nowhere. */
  long savedRstd(long set) {
    return savedRstd == 0 ? 0 : savedRstd + set * F4;
  }

  /** Stores the statistics of a set, and brings the running statistics of a channel up to date. */
  void store(long set, Moments moments) {
    long at = set * F4;
    if (savedMean != 0) {
      Lanes.set(savedMean + at, moments.high());
    }
    if (savedLow != 0) {
      Lanes.set(savedLow + at, moments.low());
    }
    if (savedRstd != 0) {
      Lanes.set(savedRstd + at, moments.rstd());
    }
    RunningStats averages = running;
    if (averages != null) {
      double reported = plan.epsMode().reported(moments.variance(), plan.eps());
      double batch = averages.batchVariance(reported, (double) plan.perStatistic());
      update(runningMean + at, averages, moments.mean());
      update(runningVariance + at, averages, batch);
    }
  }

  private static void update(long address, RunningStats averages, double batch) {
    Lanes.set(address, (float) averages.updated(Lanes.get(address), batch));
  }

  /** Returns what was borrowed. */
  void release() {
    parameters.release();
    running = null;
  }
}
