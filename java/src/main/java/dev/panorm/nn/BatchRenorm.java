package dev.panorm.nn;

import dev.panorm.Tensor;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Normalize;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.internal.check.Check;
import java.util.Objects;
import java.util.function.LongToDoubleFunction;

/**
 * Batch renormalization (Ioffe 2017): in training, what the batch's statistics gave is corrected
 * towards what the running ones would give, within limits, so that small or one-sided batches train
 * the function that evaluation computes.
 *
 * <pre>
 *   x̂ = (x − μ_B) / σ_B · r + d,   y = weight · x̂ + bias
 *   r = clip(σ_B / σ, 1 / rMax, rMax),   d = clip((μ_B − μ) / σ, −dMax, dMax)
 * </pre>
 *
 * <p>μ and σ are the running mean and deviation before the batch, deviations contain eps where the
 * norm puts it, and r and d are constants for the gradient. With rMax = 1 and dMax = 0 it is
 * BatchNorm; the paper starts there and ends at 3 and 5 after some ten thousand steps. The running
 * statistics are the norm's: its unbiased variance, or its deviation with {@link RunningStat#STD}
 * as in the paper.
 */
public final class BatchRenorm extends Module {

  private static final String NAME = "batchRenorm";

  private final BatchNorm norm;
  private double rMax;
  private double dMax;

  /**
   * Creates the module around a norm, which it owns from now on, with the limits 1 and 0.
   *
   * @param norm eps, momentum, scale and shift; it keeps running statistics
   */
  public BatchRenorm(BatchNorm norm) {
    Check.that(
        norm.runningMean() != null, NAME, "norm", "without running statistics", "one with them");
    this.norm = register("norm", norm);
    setLimits(1, 0);
  }

  /**
   * Sets how far the correction may go, from the next batch on.
   *
   * @param ratio rMax, 1 or more
   * @param shift dMax, 0 or more
   */
  public void setLimits(double ratio, double shift) {
    Check.that(ratio >= 1, NAME, "rMax", ratio, "1 or more");
    Check.that(shift >= 0, NAME, "dMax", shift, "0 or more");
    rMax = ratio;
    dMax = shift;
  }

  @Override
  public Variable forward(Variable x) {
    if (!isTraining() || norm.isFrozen()) {
      return norm.forward(x);
    }
    norm.checkShape(x);
    ChannelMoments batch = ChannelMoments.of(x.value(), norm.spec().layout());
    Check.that(batch.count() > 1, NAME, "x's shape", x.shape(), "two values or more per channel");
    Tensor mean = Objects.requireNonNull(norm.runningMean());
    Tensor variance = Objects.requireNonNull(norm.runningVar());
    Variable r = perChannel(c -> ratio(batch, variance, (int) c));
    Variable d = perChannel(c -> shift(batch, mean, variance, (int) c));
    Variable y = Normalize.norm(norm.spec(), x, scaled(r), shifted(d));
    norm.absorb(batch);
    return y;
  }

  private double ratio(ChannelMoments batch, Tensor variance, int channel) {
    double ratio = rstd(variance.get(channel)) / rstd(batch.variance(channel));
    return Math.clamp(ratio, 1 / rMax, rMax);
  }

  private double shift(ChannelMoments batch, Tensor mean, Tensor variance, int channel) {
    double shift = (batch.mean(channel) - mean.get(channel)) * rstd(variance.get(channel));
    return Math.clamp(shift, -dMax, dMax);
  }

  private double rstd(double variance) {
    return norm.spec().epsMode().rstd(variance, norm.spec().eps());
  }

  private Variable perChannel(LongToDoubleFunction value) {
    Tensor tensor = Tape.memory().emptyLike(Objects.requireNonNull(norm.runningMean()));
    tensor.fill(value);
    return Variable.of(tensor);
  }

  private Variable scaled(Variable r) {
    Parameter weight = norm.weight();
    return weight == null ? r : Arithmetic.mul(weight, r);
  }

  private Variable shifted(Variable d) {
    Parameter weight = norm.weight();
    Parameter bias = norm.bias();
    Variable moved = weight == null ? d : Arithmetic.mul(weight, d);
    return bias == null ? moved : Arithmetic.add(moved, bias);
  }

  /** Returns the norm inside. */
  public BatchNorm norm() {
    return norm;
  }
}
