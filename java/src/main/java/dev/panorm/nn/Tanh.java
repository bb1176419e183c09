package dev.panorm.nn;

import dev.panorm.Activation;
import dev.panorm.autograd.Activate;
import dev.panorm.autograd.Variable;

/** y = tanh x. */
public final class Tanh extends Module {

  /** Creates the module. */
  public Tanh() {}

  @Override
  public Variable forward(Variable x) {
    return Activate.apply(Activation.TANH, x);
  }
}
