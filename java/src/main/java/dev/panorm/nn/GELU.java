package dev.panorm.nn;

import dev.panorm.Activation;
import dev.panorm.autograd.Activate;
import dev.panorm.autograd.Variable;

/** y = x · Φ(x). */
public final class GELU extends Module {

  /** Creates the module. */
  public GELU() {}

  @Override
  public Variable forward(Variable x) {
    return Activate.apply(Activation.GELU, x);
  }
}
