package dev.panorm.nn;

import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Variable;
import java.util.Arrays;

/**
 * Weight normalization (Salimans and Kingma 2016): the weight of each output is w = g · v / ‖v‖,
 * its length g learned apart from its direction v. It starts as the layer that it is made from.
 */
public final class WeightNorm extends Reparametrized {

  private final Parameter g;
  private final Parameter v;

  /** Creates the module from a copy of a layer's parameters; the layer stays the caller's. */
  public WeightNorm(Linear linear) {
    super(linear);
    v = register("weight_v", copy(linear.weight()));
    g = register("weight_g", lengths(v));
    takeBias(linear.bias());
  }

  /** Creates the module from a copy of a layer's parameters; the layer stays the caller's. */
  public WeightNorm(Conv2d conv) {
    super(conv);
    v = register("weight_v", copy(conv.weight()));
    g = register("weight_g", lengths(v));
    takeBias(conv.bias());
  }

  private static Parameter lengths(Parameter v) {
    long[] dims = new long[v.shape().rank()];
    Arrays.fill(dims, 1);
    dims[0] = v.shape().dim(0);
    Parameter g = new Parameter(Parameter.Role.WEIGHT, dims);
    g.to(v.dtype());
    double[] values = v.value().toDoubleArray();
    int row = values.length / (int) dims[0];
    double[] squares = new double[(int) dims[0]];
    for (int i = 0; i < values.length; i++) {
      squares[i / row] += values[i] * values[i];
    }
    g.value().fill(i -> Math.sqrt(squares[(int) i]));
    return g;
  }

  @Override
  public Variable weight() {
    return weight(g, v);
  }

  static Variable weight(Variable g, Variable v) {
    Variable length = Arithmetic.sqrt(Sums.sum(Arithmetic.square(v), perOutput(v)));
    return Arithmetic.mul(v, Arithmetic.div(g, length));
  }

  /** Returns the lengths, [out, 1, ...]. */
  public Parameter g() {
    return g;
  }

  /** Returns the directions, of the weight's shape and any length but 0. */
  public Parameter v() {
    return v;
  }
}
