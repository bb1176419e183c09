package dev.panorm.nn;

import dev.panorm.Generator;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Noise;
import dev.panorm.autograd.Variable;
import dev.panorm.internal.check.Check;

/**
 * Multiplies with noise of N(1, rate / (1 − rate)) in training, which has the mean and the variance
 * of inverted dropout (Srivastava et al. 2014); y = x in evaluation.
 */
public final class GaussianDropout extends Module {

  private final double std;
  private final Generator generator;

  /** Creates the module; the rate is 0 or more and below 1. */
  public GaussianDropout(double rate) {
    this(rate, Generator.shared());
  }

  /** Creates the module with a source of noise of its own. */
  public GaussianDropout(double rate, Generator generator) {
    Check.that(rate >= 0 && rate < 1, "gaussianDropout", "rate", rate, "0 or more and below 1");
    std = Math.sqrt(rate / (1 - rate));
    this.generator = generator;
  }

  @Override
  public Variable forward(Variable x) {
    return isTraining() ? Arithmetic.mul(x, Noise.normal(x, 1, std, generator.next())) : x;
  }
}
