package dev.panorm.ops;

import dev.panorm.Tensor;
import dev.panorm.backend.AdagradRule;
import dev.panorm.backend.AdamRule;
import dev.panorm.backend.Backends;
import dev.panorm.backend.Operation;
import dev.panorm.backend.RmspropRule;
import dev.panorm.backend.SgdRule;
import dev.panorm.backend.UpdateKernels;
import dev.panorm.internal.check.Check;
import dev.panorm.internal.check.Hold;
import org.jspecify.annotations.Nullable;

/**
 * Optimizer steps: each is one pass over a parameter, its gradient and its state, which are updated
 * in place. Formulas stand with the rules.
 *
 * <p>All tensors of a call have the type and shape of the parameter, float32 or float64, and share
 * no memory. State starts at zero. Nothing is allocated on the Java heap.
 */
public final class Updates {

  private Updates() {}

  /**
   * One step of {@link SgdRule}.
   *
   * @param first whether it is the first, at which the buffer is only written
   * @param buffer b, present exactly where the rule has momentum
   */
  public static void sgd(
      SgdRule rule, boolean first, Tensor parameter, Tensor gradient, @Nullable Tensor buffer) {
    String op = "sgd";
    Check.present(op, "buffer", buffer, rule.momentum() != 0);
    check(op, parameter, gradient);
    state(op, "buffer", parameter, gradient, buffer);
    Hold.retain(parameter, gradient, buffer, null);
    try {
      if (parameter.elements() > 0) {
        kernels(parameter).sgd(rule, first, parameter, gradient, buffer);
      }
    } finally {
      Hold.release(parameter, gradient, buffer, null);
    }
  }

  /**
   * One step of {@link AdamRule}.
   *
   * @param step t, from 1
   * @param mean m
   * @param square v
   * @param largest the largest v so far for AMSGrad, else null
   */
  public static void adam(
      AdamRule rule,
      long step,
      Tensor parameter,
      Tensor gradient,
      Tensor mean,
      Tensor square,
      @Nullable Tensor largest) {
    String op = "adam";
    step(op, step);
    check(op, parameter, gradient);
    state(op, "mean", parameter, gradient, mean);
    state(op, "square", parameter, gradient, square);
    state(op, "largest", parameter, gradient, largest);
    Check.apart(op, "mean", mean, "square", square);
    Check.apart(op, "largest", largest, "mean", mean);
    Check.apart(op, "largest", largest, "square", square);
    Hold.retain(parameter, gradient, mean, square);
    try {
      Hold.retain(largest);
      try {
        if (parameter.elements() > 0) {
          kernels(parameter).adam(rule, step, parameter, gradient, mean, square, largest);
        }
      } finally {
        Hold.release(largest);
      }
    } finally {
      Hold.release(parameter, gradient, mean, square);
    }
  }

  /**
   * One step of {@link RmspropRule}.
   *
   * @param square v
   * @param mean a where centred, else null
   * @param buffer b, present exactly where the rule has momentum
   */
  public static void rmsprop(
      RmspropRule rule,
      Tensor parameter,
      Tensor gradient,
      Tensor square,
      @Nullable Tensor mean,
      @Nullable Tensor buffer) {
    String op = "rmsprop";
    Check.present(op, "buffer", buffer, rule.momentum() != 0);
    check(op, parameter, gradient);
    state(op, "square", parameter, gradient, square);
    state(op, "mean", parameter, gradient, mean);
    state(op, "buffer", parameter, gradient, buffer);
    Check.apart(op, "mean", mean, "square", square);
    Check.apart(op, "buffer", buffer, "square", square);
    Check.apart(op, "buffer", buffer, "mean", mean);
    Hold.retain(parameter, gradient, square, mean);
    try {
      Hold.retain(buffer);
      try {
        if (parameter.elements() > 0) {
          kernels(parameter).rmsprop(rule, parameter, gradient, square, mean, buffer);
        }
      } finally {
        Hold.release(buffer);
      }
    } finally {
      Hold.release(parameter, gradient, square, mean);
    }
  }

  /**
   * One step of {@link AdagradRule}.
   *
   * @param step t, from 1
   * @param sum s, which may start above zero
   */
  public static void adagrad(
      AdagradRule rule, long step, Tensor parameter, Tensor gradient, Tensor sum) {
    String op = "adagrad";
    step(op, step);
    check(op, parameter, gradient);
    state(op, "sum", parameter, gradient, sum);
    Hold.retain(parameter, gradient, sum, null);
    try {
      if (parameter.elements() > 0) {
        kernels(parameter).adagrad(rule, step, parameter, gradient, sum);
      }
    } finally {
      Hold.release(parameter, gradient, sum, null);
    }
  }

  private static void step(String op, long step) {
    if (step < 1) {
      throw new IllegalArgumentException(op + ": step is " + step + ", expected 1 or more");
    }
  }

  private static void check(String op, Tensor parameter, Tensor gradient) {
    Check.floating(op, "parameter", parameter);
    Check.like(op, "gradient", gradient, parameter.dtype(), parameter.shape());
    Check.writable(op, "parameter", parameter);
    Check.apart(op, "parameter", parameter, "gradient", gradient);
  }

  private static void state(
      String op, String name, Tensor parameter, Tensor gradient, @Nullable Tensor state) {
    Check.like(op, name, state, parameter.dtype(), parameter.shape());
    Check.writable(op, name, state);
    Check.apart(op, name, state, "parameter", parameter);
    Check.apart(op, name, state, "gradient", gradient);
  }

  private static UpdateKernels kernels(Tensor parameter) {
    return Backends.select(Operation.UPDATE, parameter.dtype(), parameter.elements()).updates();
  }
}
