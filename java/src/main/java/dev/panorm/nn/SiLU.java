package dev.panorm.nn;

import dev.panorm.Activation;
import dev.panorm.autograd.Activate;
import dev.panorm.autograd.Variable;

/** y = x · σ(x). */
public final class SiLU extends Module {

  /** Creates the module. */
  public SiLU() {}

  @Override
  public Variable forward(Variable x) {
    return Activate.apply(Activation.SILU, x);
  }
}
