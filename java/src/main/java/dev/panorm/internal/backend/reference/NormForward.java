package dev.panorm.internal.backend.reference;

import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormPlan;
import dev.panorm.backend.NormPlan.Residual;
import dev.panorm.backend.NormStats;
import dev.panorm.backend.RunningStats;
import dev.panorm.internal.backend.cpu.ActivationMath;
import org.jspecify.annotations.Nullable;

/** One forward call; formulas are those of {@link dev.panorm.backend.NormKernels}. */
final class NormForward {

  private final NormPlan plan;
  private final NormSets sets;
  private final Elements x;
  private final @Nullable Elements residual;
  private final @Nullable Elements weight;
  private final @Nullable Elements bias;
  private final Elements y;
  private final @Nullable Elements sum;

  NormForward(
      NormPlan plan,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      Tensor y,
      @Nullable Tensor sum) {
    this.plan = plan;
    this.sets = new NormSets(plan);
    this.x = Elements.read(x);
    this.residual = Elements.readOptional(residual);
    this.weight = Elements.readOptional(affine.weight());
    this.bias = Elements.readOptional(affine.bias());
    this.y = Elements.write(y);
    this.sum = Elements.writeOptional(sum);
  }

  /** Normalizes with the data's own statistics. */
  void run(@Nullable RunningStats running, @Nullable NormStats saved) {
    SavedStats stats = saved == null ? null : SavedStats.write(saved);
    RunningElements averages = running == null ? null : new RunningElements(running, plan);
    for (long set = 0; set < sets.count(); set++) {
      double mean = plan.centred() ? mean(set) : 0;
      double variance = variance(set, mean);
      double rstd = plan.rstd(variance);
      normalize(set, mean, rstd);
      if (stats != null) {
        stats.set(set, mean, rstd);
      }
      if (averages != null) {
        averages.take(set, mean, variance);
      }
    }
  }

  /** Normalizes with statistics that are given. */
  void run(Elements mean, Elements variance) {
    for (long set = 0; set < sets.count(); set++) {
      normalize(set, mean.get(set), plan.rstd(variance.get(set)));
    }
  }

  private double mean(long set) {
    double[] total = {0};
    sets.visit(set, (i, c) -> total[0] += input(i));
    return total[0] / plan.perStatistic();
  }

  private double variance(long set, double mean) {
    double[] total = {0};
    sets.visit(
        set,
        (i, c) -> {
          double centred = input(i) - mean;
          total[0] += centred * centred;
        });
    return total[0] / plan.perStatistic();
  }

  private void normalize(long set, double mean, double rstd) {
    sets.visit(
        set,
        (i, c) -> {
          double input = input(i);
          double z = (input - mean) * rstd * weight(c) + bias(c);
          if (residual != null && plan.residual() == Residual.AFTER_NORM) {
            z += residual.get(i);
          }
          y.set(i, ActivationMath.value(plan.activation(), z));
          if (sum != null) {
            sum.set(i, input);
          }
        });
  }

  /** The norm's input: the sum as it is stored, where a residual comes first. */
  private double input(long i) {
    return residual != null && plan.residual() == Residual.BEFORE_NORM
        ? x.rounded(x.get(i) + residual.get(i))
        : x.get(i);
  }

  private double weight(long channel) {
    return weight == null ? 1 : weight.get(channel);
  }

  private double bias(long channel) {
    return bias == null ? 0 : bias.get(channel);
  }
}
