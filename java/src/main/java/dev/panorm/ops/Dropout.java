package dev.panorm.ops;

import dev.panorm.RandomStream;
import dev.panorm.Tensor;
import dev.panorm.backend.Backends;
import dev.panorm.backend.DropPlan;
import dev.panorm.backend.Operation;
import dev.panorm.internal.check.Check;
import dev.panorm.internal.check.Hold;

/**
 * Dropout: which elements fall depends on the stream alone, so that backward, every backend and any
 * number of threads drop the same ones, and no mask is stored.
 */
public final class Dropout {

  private Dropout() {}

  /**
   * y = dropout(x); formula: {@link DropPlan}. The gradient is the same call with {@link
   * DropPlan#gradient} on the upstream gradient.
   *
   * @param y of x's shape and type; may be the very memory of x
   */
  public static void apply(DropPlan plan, RandomStream stream, Tensor x, Tensor y) {
    String op = "dropout";
    Check.that(plan.drop() >= 0 && plan.drop() <= 1, op, "drop", plan.drop(), "0 to 1");
    Check.that(plan.unit() >= 1, op, "unit", plan.unit(), "1 or more");
    Check.floating(op, "x", x);
    long row = plan.unit() * Math.max(1, plan.counted());
    if (x.elements() % row != 0) {
      throw Check.wrong(op, "x's shape", x.shape(), "a multiple of " + row);
    }
    Check.like(op, "y", y, x.dtype(), x.shape());
    Check.writable(op, "y", y);
    Check.apartOrSame(op, "y", y, "x", x);
    Hold.retain(x, y);
    try {
      if (x.elements() > 0) {
        Backends.select(Operation.DROPOUT, x.dtype(), x.elements())
            .dropout()
            .drop(plan, stream, x, y);
      }
    } finally {
      Hold.release(x, y);
    }
  }
}
