package dev.panorm.nn;

import dev.panorm.Generator;
import dev.panorm.autograd.Variable;
import dev.panorm.backend.DropPlan;

/**
 * Inverted dropout (Srivastava et al. 2014): in training each element is 0 with probability p, else
 * x / (1 − p); in evaluation y = x.
 */
public final class Dropout extends Dropping {

  /** Creates the module with PyTorch's default, p = 0.5. */
  public Dropout() {
    this(0.5);
  }

  /** Creates the module; p is the probability of <em>dropping</em>. */
  public Dropout(double p) {
    this(p, Generator.shared());
  }

  /** Creates the module with a source of masks of its own. */
  public Dropout(double p, Generator generator) {
    super("dropout", p, generator);
  }

  /** Returns a dropout that <em>keeps</em> an element with this probability. */
  public static Dropout retaining(double probability) {
    return new Dropout(1 - probability);
  }

  @Override
  DropPlan plan(Variable x) {
    return DropPlan.inverted(p());
  }
}
