package dev.panorm.nn;

import dev.panorm.Tensor;
import dev.panorm.backend.NormStats;
import dev.panorm.backend.RunningStats;
import dev.panorm.ops.NormSpec;
import java.util.function.LongToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a batch of InstanceNorm tells running statistics: the mean over its samples.
 *
 * @param spec the norm
 * @param saved statistics of each sample and channel, [N, C]
 * @param positions number of positions of a channel
 */
record InstanceStatistics(NormSpec spec, NormStats saved, long positions) {

  void updateRunning(RunningStats running) {
    long channels = saved.rstd().dim(1);
    for (long channel = 0; channel < channels; channel++) {
      blend(running, running.mean(), channel, meanOfMeans(channel));
      blend(running, running.variance(), channel, meanOfVariances(running, channel));
    }
  }

  private static void blend(RunningStats running, Tensor statistic, long channel, double batch) {
    double updated = running.updated(statistic.get(channel), batch);
    statistic.slice(channel, channel + 1).fill(updated);
  }

  private double meanOfMeans(long channel) {
    return mean(
        channel, position -> element(saved.mean(), position) + element(saved.meanLow(), position));
  }

  private double meanOfVariances(RunningStats running, long channel) {
    return mean(
        channel,
        position -> {
          double variance = spec.epsMode().variance(saved.rstd().get(position), spec.eps());
          return running.batchVariance(
              spec.epsMode().reported(variance, spec.eps()), (double) positions);
        });
  }

  private static double element(@Nullable Tensor tensor, long position) {
    return tensor == null ? 0 : tensor.get(position);
  }

  private double mean(long channel, LongToDoubleFunction statistic) {
    long samples = saved.rstd().dim(0);
    long channels = saved.rstd().dim(1);
    double sum = 0;
    for (long sample = 0; sample < samples; sample++) {
      sum += statistic.applyAsDouble(sample * channels + channel);
    }
    return sum / samples;
  }
}
