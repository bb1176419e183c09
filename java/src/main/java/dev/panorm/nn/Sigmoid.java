package dev.panorm.nn;

import dev.panorm.Activation;
import dev.panorm.autograd.Activate;
import dev.panorm.autograd.Variable;

/** y = σ(x) = 1 / (1 + e^−x). */
public final class Sigmoid extends Module {

  /** Creates the module. */
  public Sigmoid() {}

  @Override
  public Variable forward(Variable x) {
    return Activate.apply(Activation.SIGMOID, x);
  }
}
