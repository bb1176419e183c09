package dev.panorm.autograd;

import dev.panorm.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Gradients as values, which may be differentiated again. */
public final class Autograd {

  private Autograd() {}

  /**
   * Returns the gradient of a single number with respect to a variable, which may be a leaf or any
   * result on the way; leaves' {@link Variable#grad()} stays as it is.
   *
   * @param createGraph whether the gradient itself is recorded, so that it may be differentiated
   * @return null where the output does not depend on the input
   */
  public static @Nullable Variable grad(Variable output, Variable input, boolean createGraph) {
    return grad(output, List.of(input), createGraph).get(0);
  }

  /** Returns the gradients of a single number with respect to several variables. */
  public static List<@Nullable Variable> grad(
      Variable output, List<Variable> inputs, boolean createGraph) {
    return grad(output, inputs, one(output), createGraph);
  }

  /**
   * Returns the gradients with respect to several variables.
   *
   * @param upstream gradient of what is asked about with respect to the output, of its shape; it
   *     may be a recorded variable itself
   */
  public static List<@Nullable Variable> grad(
      Variable output, List<Variable> inputs, Variable upstream, boolean createGraph) {
    if (createGraph) {
      return Backpropagation.to(inputs, output, upstream);
    }
    try (NoGrad _ = NoGrad.enter()) {
      return Backpropagation.to(inputs, output, upstream);
    }
  }

  /** The gradient of a number with respect to itself. */
  static Variable one(Variable output) {
    if (output.value().elements() != 1) {
      throw new IllegalArgumentException(
          "backward: value has shape "
              + output.shape()
              + ", expected one element or an upstream gradient");
    }
    Tensor one = Tape.memory().emptyLike(output.value());
    one.fill(1);
    return Variable.of(one);
  }
}
