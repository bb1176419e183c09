package dev.panorm.autograd;

import dev.panorm.Tensor;
import dev.panorm.ops.ResponseSpec;
import dev.panorm.ops.Responses;
import java.util.function.Supplier;

/** Local response normalization on variables. */
public final class Respond {

  private Respond() {}

  /**
   * Returns the norm of x across channels. Its gradient comes from one kernel; where that is to be
   * differentiated itself, from the formula.
   *
   * @param formula the same norm of x, made of functions that may be differentiated any number of
   *     times
   */
  public static Variable across(ResponseSpec spec, Variable x, Supplier<Variable> formula) {
    Tensor y = Arithmetic.like(x);
    Responses.forward(spec, x.value(), y);
    return Tape.record(
        y,
        gradients -> {
          if (Tape.isRecording()) {
            gradients.through(formula);
          } else {
            gradients.give(0, dy -> gradient(spec, x, dy));
          }
        },
        x);
  }

  private static Variable gradient(ResponseSpec spec, Variable x, Variable dy) {
    Tensor dx = Arithmetic.like(x);
    Responses.backward(spec, x.value(), dy.value(), dx);
    return Variable.of(dx);
  }
}
