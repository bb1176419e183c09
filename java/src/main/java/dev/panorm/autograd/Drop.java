package dev.panorm.autograd;

import dev.panorm.RandomStream;
import dev.panorm.Tensor;
import dev.panorm.backend.DropPlan;
import dev.panorm.ops.Dropout;

/** Dropout of variables; it may be differentiated any number of times. */
public final class Drop {

  private Drop() {}

  /** Returns dropout(x) with the mask of a stream; formula: {@link DropPlan}. */
  public static Variable apply(DropPlan plan, RandomStream stream, Variable x) {
    Tensor y = Arithmetic.like(x);
    Dropout.apply(plan, stream, x.value(), y);
    return Tape.record(
        y, gradients -> gradients.give(0, dy -> apply(plan.gradient(), stream, dy)), x);
  }
}
