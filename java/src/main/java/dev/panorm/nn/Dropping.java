package dev.panorm.nn;

import dev.panorm.Generator;
import dev.panorm.autograd.Drop;
import dev.panorm.autograd.Variable;
import dev.panorm.backend.DropPlan;
import dev.panorm.internal.check.Check;

/**
 * What drops elements in training and is the identity in evaluation. Each call draws from the next
 * stream of the generator.
 */
public abstract sealed class Dropping extends Module
    permits AlphaDropout, Dropout, DropPath, ChannelDropout {

  private final double p;
  private final Generator generator;

  /** Creates the module; p is the probability of dropping. */
  Dropping(String name, double p, Generator generator) {
    Check.that(p >= 0 && p <= 1, name, "p", p, "a probability, 0 to 1");
    this.p = p;
    this.generator = generator;
  }

  /** Returns the probability of dropping. */
  public final double p() {
    return p;
  }

  @Override
  public final Variable forward(Variable x) {
    return isTraining() && p > 0 ? Drop.apply(plan(x), generator.next(), x) : x;
  }

  /** Returns what is to be done to x, or throws if its shape does not fit. */
  abstract DropPlan plan(Variable x);
}
