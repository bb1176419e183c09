package dev.panorm.ops;

import dev.panorm.Tensor;
import dev.panorm.backend.CrossEntropyPlan;
import dev.panorm.internal.memory.Memory;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** Class indices: checked, and what they weigh together. */
final class Targets {

  private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED;

  private Targets() {}

  /**
   * Returns what a mean is over: the number of positions for probabilities, else the weight of all
   * positions that are not ignored.
   *
   * @throws IllegalArgumentException if an index is neither a class nor the ignore index
   */
  static double weight(String op, CrossEntropyPlan plan, Tensor target, @Nullable Tensor weight) {
    if (plan.probabilities()) {
      return plan.positions();
    }
    long address = target.readAddress();
    double total = 0;
    for (long position = 0; position < plan.positions(); position++) {
      long index = Memory.ALL.get(I64, address + position * Long.BYTES);
      if (index != plan.ignoreIndex()) {
        if (index < 0 || index >= plan.classes()) {
          throw new IllegalArgumentException(
              op
                  + ": target is "
                  + index
                  + " at position "
                  + position
                  + ", expected 0 to "
                  + (plan.classes() - 1)
                  + " or the ignore index "
                  + plan.ignoreIndex());
        }
        total += weight == null ? 1 : weight.get(index);
      }
    }
    return total;
  }
}
