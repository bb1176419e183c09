package dev.panorm.nn;

import dev.panorm.Generator;
import dev.panorm.autograd.Variable;
import dev.panorm.backend.DropPlan;

/**
 * Dropout for self-normalizing networks (Klambauer et al. 2017): dropped elements become α′ =
 * −1.7581, what a SELU tends to, and a linear map restores mean 0 and variance 1:
 *
 * <pre>
 *   y = a · (x or α′) + b,  a = ((1 − p) (1 + p α′²))^(−1/2),  b = −a p α′
 * </pre>
 */
public final class AlphaDropout extends Dropping {

  private static final double ALPHA = -1.7580993408473766;

  /** Creates the module; p is the probability of <em>dropping</em>. */
  public AlphaDropout(double p) {
    this(p, Generator.shared());
  }

  /** Creates the module with a source of masks of its own. */
  public AlphaDropout(double p, Generator generator) {
    super("alphaDropout", p, generator);
  }

  @Override
  DropPlan plan(Variable x) {
    double p = p();
    if (p == 1) {
      return new DropPlan(1, 1, 0, 0, 0, 0); // as PyTorch: nothing is left to restore
    }
    double a = 1 / Math.sqrt((1 - p) * (1 + p * ALPHA * ALPHA));
    double b = -a * p * ALPHA;
    return new DropPlan(1, p, a, b, a * ALPHA + b, 0);
  }
}
