package dev.panorm.internal.backend.reference;

import dev.panorm.Tensor;
import dev.panorm.backend.Affine;
import dev.panorm.backend.NormPlan;
import dev.panorm.internal.backend.cpu.ActivationMath;
import org.jspecify.annotations.Nullable;

/** One backward call; formulas are those of {@link dev.panorm.backend.NormKernels}. */
final class NormBackward {

  private final NormPlan plan;
  private final NormSets sets;
  private final Elements x;
  private final @Nullable Elements residual;
  private final @Nullable Elements weight;
  private final @Nullable Elements bias;
  private final Elements dy;
  private final @Nullable Elements dsum;
  private final @Nullable Elements dx;
  private final @Nullable Elements dresidual;
  private final @Nullable Elements dweight;
  private final @Nullable Elements dbias;

  NormBackward(
      NormPlan plan,
      Tensor x,
      @Nullable Tensor residual,
      Affine affine,
      Tensor dy,
      @Nullable Tensor dsum,
      @Nullable Tensor dx,
      @Nullable Tensor dresidual,
      Affine gradient) {
    this.plan = plan;
    this.sets = new NormSets(plan);
    this.x = Elements.read(x);
    this.residual = Elements.readOptional(residual);
    this.weight = Elements.readOptional(affine.weight());
    this.bias = Elements.readOptional(affine.bias());
    this.dy = Elements.read(dy);
    this.dsum = Elements.readOptional(dsum);
    this.dx = Elements.writeOptional(dx);
    this.dresidual = Elements.writeOptional(dresidual);
    this.dweight = Elements.writeOptional(gradient.weight());
    this.dbias = Elements.writeOptional(gradient.bias());
  }

  /** One set's mean and rstd, and what the gradient needs of the set as a whole. */
  private record SetSums(double mean, double rstd, double meanG, double projectedGx) {}

  /** Gradients where the statistics are the data's own. */
  void run(SavedStats saved) {
    Gradients gradients = new Gradients(plan.channels());
    for (long set = 0; set < sets.count(); set++) {
      double mean = saved.mean(set);
      double rstd = saved.rstd(set);
      double[] total = reduce(set, mean, rstd, gradients);
      double meanG = plan.centred() ? total[0] / plan.perStatistic() : 0;
      double meanGx = total[1] / plan.perStatistic();
      propagate(set, new SetSums(mean, rstd, meanG, plan.projection(rstd) * meanGx));
    }
    gradients.store();
  }

  /** Gradients where the statistics are constants. */
  void run(Elements mean, Elements variance) {
    Gradients gradients = new Gradients(plan.channels());
    for (long set = 0; set < sets.count(); set++) {
      double rstd = plan.rstd(variance.get(set));
      reduce(set, mean.get(set), rstd, gradients);
      propagate(set, new SetSums(mean.get(set), rstd, 0, 0));
    }
    gradients.store();
  }

  /** Returns Σ g and Σ g · x̂ of a set and adds to the gradients of weight and bias. */
  private double[] reduce(long set, double mean, double rstd, Gradients gradients) {
    double[] total = {0, 0};
    sets.visit(
        set,
        (i, c) -> {
          double normalized = (x.get(i) - mean) * rstd;
          double dz = dz(i, c, normalized);
          double g = dz * weight(c);
          total[0] += g;
          total[1] += g * normalized;
          gradients.add(c, dz * normalized, dz);
        });
    return total;
  }

  private void propagate(long set, SetSums sums) {
    if (dx == null && dresidual == null) {
      return;
    }
    sets.visit(
        set,
        (i, c) -> {
          double normalized = (x.get(i) - sums.mean) * sums.rstd;
          double dz = dz(i, c, normalized);
          if (dresidual != null) {
            dresidual.set(i, dz);
          }
          if (dx != null) {
            double g = dz * weight(c);
            dx.set(
                i,
                sums.rstd * (g - sums.meanG - normalized * sums.projectedGx)
                    + (dsum == null ? 0 : dsum.get(i)));
          }
        });
  }

  private double dz(long i, long c, double normalized) {
    double z =
        normalized * weight(c)
            + (bias == null ? 0 : bias.get(c))
            + (residual == null ? 0 : residual.get(i));
    return dy.get(i) * ActivationMath.slope(plan.activation(), z);
  }

  private double weight(long channel) {
    return weight == null ? 1 : weight.get(channel);
  }

  /** The gradients of weight and bias in the making. */
  private final class Gradients {

    private final double[] ofWeight;
    private final double[] ofBias;

    Gradients(long channels) {
      ofWeight = new double[Math.toIntExact(channels)];
      ofBias = new double[Math.toIntExact(channels)];
    }

    void add(long channel, double toWeight, double toBias) {
      ofWeight[(int) channel] += toWeight;
      ofBias[(int) channel] += toBias;
    }

    void store() {
      store(dweight, ofWeight);
      store(dbias, ofBias);
    }

    private static void store(@Nullable Elements gradient, double[] values) {
      for (int c = 0; gradient != null && c < values.length; c++) {
        gradient.set(c, values[c]);
      }
    }
  }
}
