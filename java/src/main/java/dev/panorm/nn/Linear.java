package dev.panorm.nn;

import dev.panorm.Generator;
import dev.panorm.autograd.Products;
import dev.panorm.autograd.Variable;
import dev.panorm.internal.check.Check;
import org.jspecify.annotations.Nullable;

/**
 * y = x · weightᵀ + bias for each row of x, [..., in] to [..., out].
 *
 * <p>Weight and bias begin as in PyTorch, uniform within ±1 / √in.
 */
public final class Linear extends Module {

  private final Parameter weight;
  private final @Nullable Parameter bias;

  /** Creates the module with a bias; it draws from the shared generator. */
  public Linear(long inFeatures, long outFeatures) {
    this(inFeatures, outFeatures, true, Generator.shared());
  }

  /**
   * Creates the module.
   *
   * @param bias whether there is a bias
   * @param generator source of the initial values
   */
  public Linear(long inFeatures, long outFeatures, boolean bias, Generator generator) {
    Check.that(inFeatures >= 1, "linear", "inFeatures", inFeatures, "1 or more");
    Check.that(outFeatures >= 1, "linear", "outFeatures", outFeatures, "1 or more");
    weight = register("weight", new Parameter(Parameter.Role.WEIGHT, outFeatures, inFeatures));
    this.bias = bias ? register("bias", new Parameter(Parameter.Role.BIAS, outFeatures)) : null;
    DefaultInit.fill(weight, this.bias, generator);
  }

  /** Creates the module around its parameters. */
  Linear(Parameter weight, Parameter bias) {
    this.weight = register("weight", weight);
    this.bias = register("bias", bias);
  }

  @Override
  public Variable forward(Variable x) {
    return Products.linear(x, weight, bias);
  }

  /** Returns the weight, [out, in]. */
  public Parameter weight() {
    return weight;
  }

  /** Returns the bias, [out], null without. */
  public @Nullable Parameter bias() {
    return bias;
  }
}
