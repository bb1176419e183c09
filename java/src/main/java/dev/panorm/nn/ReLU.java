package dev.panorm.nn;

import dev.panorm.Activation;
import dev.panorm.autograd.Activate;
import dev.panorm.autograd.Variable;

/** y = max(x, 0). */
public final class ReLU extends Module {

  /** Creates the module. */
  public ReLU() {}

  @Override
  public Variable forward(Variable x) {
    return Activate.apply(Activation.RELU, x);
  }
}
