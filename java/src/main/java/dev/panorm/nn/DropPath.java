package dev.panorm.nn;

import dev.panorm.Generator;
import dev.panorm.autograd.Variable;
import dev.panorm.backend.DropPlan;
import dev.panorm.internal.check.Check;

/**
 * Inverted dropout of whole samples, for the body of a {@link Residual}: stochastic depth (Huang et
 * al. 2016).
 */
public final class DropPath extends Dropping {

  /** Creates the module; p is the probability of <em>dropping</em>. */
  public DropPath(double p) {
    this(p, Generator.shared());
  }

  /** Creates the module with a source of masks of its own. */
  public DropPath(double p, Generator generator) {
    super("dropPath", p, generator);
  }

  @Override
  DropPlan plan(Variable x) {
    int rank = x.shape().rank();
    Check.that(rank >= 1, "dropPath", "x's shape", x.shape(), "1 dimension or more");
    return DropPlan.inverted(p()).withUnit(Math.max(1, x.shape().product(1, rank)));
  }
}
