package dev.panorm.autograd;

import dev.panorm.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Function} works on in backward: the gradients of its outputs that arrived, and the
 * inputs that want one.
 */
public final class Gradients {

  private final Backpropagation pass;
  private final Node node;
  private final List<@Nullable Variable> upstream;

  Gradients(Backpropagation pass, Node node, List<@Nullable Variable> upstream) {
    this.pass = pass;
    this.node = node;
    this.upstream = upstream;
  }

  /** Returns the gradient of the only output. */
  public Variable upstream() {
    Variable only = upstream.get(0);
    if (only == null) {
      throw new IllegalStateException("gradients: output 0 has none, ask for upstream(0)");
    }
    return only;
  }

  /** Returns the gradient of one of several outputs; null stands for zeros. */
  public @Nullable Variable upstream(int output) {
    return upstream.get(output);
  }

  /** Returns whether an input wants its gradient. */
  public boolean wants(int input) {
    return pass.wants(node.input(input));
  }

  /**
   * Returns room for the gradient of an input: the very memory that a leaf keeps its gradient in
   * where this is the first that comes, so that nothing is copied afterwards.
   */
  Tensor room(Variable input) {
    return pass.room(input);
  }

  /** Gives an input its gradient, of the input's shape; where it wants none, nothing happens. */
  public void give(int input, Variable gradient) {
    if (wants(input)) {
      pass.arrive(node.input(input), gradient);
    }
  }

  /** Gives an input its gradient, computed from that of the only output where it is wanted. */
  public void give(int input, UnaryOperator<Variable> gradient) {
    if (wants(input)) {
      pass.arrive(node.input(input), gradient.apply(upstream()));
    }
  }

  /**
   * Gives every wanted input the gradient of a formula for the only output.
   *
   * @param formula computes the output once more from the very inputs of the call, by functions
   *     that can be differentiated twice
   */
  public void through(Supplier<Variable> formula) {
    List<Integer> wanted = new ArrayList<>();
    List<Variable> inputs = new ArrayList<>();
    for (int i = 0; i < node.inputs(); i++) {
      if (wants(i) && !inputs.contains(node.input(i))) {
        wanted.add(i);
        inputs.add(node.input(i));
      }
    }
    List<@Nullable Variable> found =
        Autograd.grad(formula.get(), inputs, upstream(), Tape.isRecording());
    for (int i = 0; i < wanted.size(); i++) {
      Variable gradient = found.get(i);
      if (gradient != null) {
        give(wanted.get(i), gradient);
      }
    }
  }
}
