package dev.panorm.regularize;

import dev.panorm.RandomStream;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Noise;
import dev.panorm.autograd.Variable;

/**
 * Noise of N(0, λ I) on inputs or on weights, for training.
 *
 * <p>On inputs, for f = wᵀx and squared loss, the expected loss grows by λ ‖w‖². On weights it
 * grows by λ E ‖∇_w f‖² + O(λ²), exactly for f linear in w: {@link GradientPenalty} is that term.
 *
 * @param lambda variance of the noise, 0 or more
 */
public record GaussianPerturbation(double lambda) {

  /** Checks the variance. */
  public GaussianPerturbation {
    Lambda.check(lambda);
  }

  /** Returns x + ε; the gradient with respect to x is that of the sum. */
  public Variable apply(Variable x, RandomStream stream) {
    return Arithmetic.add(x, Noise.normal(x, 0, Math.sqrt(lambda), stream));
  }
}
