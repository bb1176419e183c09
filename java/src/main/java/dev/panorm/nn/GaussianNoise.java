package dev.panorm.nn;

import dev.panorm.Generator;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Noise;
import dev.panorm.autograd.Variable;
import dev.panorm.internal.check.Check;

/** Adds noise of N(0, std²) in training; y = x in evaluation. */
public final class GaussianNoise extends Module {

  private final double std;
  private final Generator generator;

  /** Creates the module; std is 0 or more. */
  public GaussianNoise(double std) {
    this(std, Generator.shared());
  }

  /** Creates the module with a source of noise of its own. */
  public GaussianNoise(double std, Generator generator) {
    Check.that(
        std >= 0 && std < Double.POSITIVE_INFINITY, "gaussianNoise", "std", std, "0 or more");
    this.std = std;
    this.generator = generator;
  }

  @Override
  public Variable forward(Variable x) {
    return isTraining() ? Arithmetic.add(x, Noise.normal(x, 0, std, generator.next())) : x;
  }
}
