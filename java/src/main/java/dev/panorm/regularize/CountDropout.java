package dev.panorm.regularize;

import dev.panorm.RandomStream;
import dev.panorm.autograd.Drop;
import dev.panorm.autograd.Variable;
import dev.panorm.backend.DropPlan;
import dev.panorm.internal.check.Check;

/**
 * Dropout that rescales by the number n / |P| of the elements that were really kept, not by what is
 * expected: W · (n / |P| · z over P) behind it. A row of which nothing is left is 0.
 *
 * @param p probability of <em>dropping</em> an element
 */
public record CountDropout(double p) {

  /** Checks the probability. */
  public CountDropout {
    Check.that(p >= 0 && p <= 1, "countDropout", "p", p, "a probability, 0 to 1");
  }

  /** Returns z, rows of features, with elements dropped; evaluation is the identity. */
  public Variable train(Variable z, RandomStream stream) {
    Check.that(z.shape().rank() >= 1, "countDropout", "z's shape", z.shape(), "[..., features]");
    return Drop.apply(new DropPlan(1, p, 1, 0, 0, Math.max(1, z.shape().dim(-1))), stream, z);
  }
}
