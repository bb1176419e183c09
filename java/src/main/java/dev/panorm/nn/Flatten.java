package dev.panorm.nn;

import dev.panorm.autograd.Shapes;
import dev.panorm.autograd.Variable;
import dev.panorm.internal.check.Check;

/** Makes one dimension of all but the first: [N, C, H, W] becomes [N, C · H · W]. */
public final class Flatten extends Module {

  /** Creates the module. */
  public Flatten() {}

  @Override
  public Variable forward(Variable x) {
    int rank = x.shape().rank();
    Check.that(rank >= 1, "flatten", "x's shape", x.shape(), "1 dimension or more");
    return Shapes.reshape(x, x.shape().dim(0), x.shape().product(1, rank));
  }
}
