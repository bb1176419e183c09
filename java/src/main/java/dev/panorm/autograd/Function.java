package dev.panorm.autograd;

/**
 * How to go back through one call of a function, recorded by {@link Tape#record}.
 *
 * <p>It is written in functions of variables itself, so that gradients of gradients come for free:
 *
 * {@snippet :
 * static Variable mul(Variable a, Variable b) {
 *   Tensor y = product(a.value(), b.value()); // from dev.panorm.ops
 *   return Tape.record(
 *       y,
 *       gradients -> {
 *         gradients.give(0, dy -> mul(dy, b));
 *         gradients.give(1, dy -> mul(dy, a));
 *       },
 *       a,
 *       b);
 * }
 * }
 *
 * <p>Where a fused kernel computes the gradients, the function calls it while {@link
 * Tape#isRecording()} is false, and else {@link Gradients#through} a formula made of such
 * functions.
 */
@FunctionalInterface
public interface Function {

  /** Gives each wanted input its gradient. */
  void backward(Gradients gradients);
}
