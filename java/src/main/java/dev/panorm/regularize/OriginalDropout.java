package dev.panorm.regularize;

import dev.panorm.RandomStream;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Drop;
import dev.panorm.autograd.Variable;
import dev.panorm.backend.DropPlan;
import dev.panorm.internal.check.Check;

/**
 * Dropout as first published (Hinton et al. 2012): r ∘ y with r of Bernoulli(p) in training,
 * without rescaling; at test time the weights behind it are multiplied with p, which is p · y.
 *
 * @param p probability of <em>keeping</em> an element
 */
public record OriginalDropout(double p) {

  /** Checks the probability. */
  public OriginalDropout {
    Check.that(p >= 0 && p <= 1, "originalDropout", "p", p, "a probability, 0 to 1");
  }

  /** Returns y with elements dropped. */
  public Variable train(Variable y, RandomStream stream) {
    return Drop.apply(new DropPlan(1, 1 - p, 1, 0, 0, 0), stream, y);
  }

  /** Returns p · y. */
  public Variable eval(Variable y) {
    return Arithmetic.scale(y, p);
  }
}
