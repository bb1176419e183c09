package dev.panorm.internal.backend.reference;

import dev.panorm.backend.NormPlan;
import dev.panorm.backend.RunningStats;

/** {@link RunningStats} being brought up to date. */
final class RunningElements {

  private final RunningStats running;
  private final NormPlan plan;
  private final Elements mean;
  private final Elements variance;

  RunningElements(RunningStats running, NormPlan plan) {
    this.running = running;
    this.plan = plan;
    this.mean = Elements.update(running.mean());
    this.variance = Elements.update(running.variance());
  }

  /** Takes in one channel's statistics of the batch. */
  void take(long channel, double batchMean, double batchVariance) {
    double reported = plan.epsMode().reported(batchVariance, plan.eps());
    double batch = running.batchVariance(reported, (double) plan.perStatistic());
    mean.set(channel, running.updated(mean.get(channel), batchMean));
    variance.set(channel, running.updated(variance.get(channel), batch));
  }
}
