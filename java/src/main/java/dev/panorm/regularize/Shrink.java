package dev.panorm.regularize;

import dev.panorm.autograd.Variable;
import dev.panorm.internal.check.Check;
import dev.panorm.ops.Elementwise;
import java.util.List;

/**
 * The engineers' weight decay: θ := factor · θ after the step, whatever the learning rate.
 *
 * @param factor what is left, 0 to 1; 0.98 in the lecture notes
 */
public record Shrink(double factor) {

  /** Checks the factor. */
  public Shrink {
    Check.that(factor >= 0 && factor <= 1, "shrink", "factor", factor, "0 to 1");
  }

  /** Shrinks the parameters in place. */
  public void apply(List<? extends Variable> parameters) {
    for (Variable parameter : parameters) {
      Elementwise.affine(parameter.value(), factor, 0, parameter.value());
    }
  }
}
