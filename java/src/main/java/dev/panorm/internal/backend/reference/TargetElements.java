package dev.panorm.internal.backend.reference;

import dev.panorm.Tensor;
import dev.panorm.backend.CrossEntropyPlan;
import org.jspecify.annotations.Nullable;

/** The target distribution t of a cross entropy, {@link CrossEntropyPlan}. */
final class TargetElements {

  private final CrossEntropyPlan plan;
  private final long indices;
  private final @Nullable Elements probabilities;
  private final @Nullable Elements weight;

  TargetElements(CrossEntropyPlan plan, Tensor target, @Nullable Tensor weight) {
    this.plan = plan;
    this.indices = plan.probabilities() ? 0 : target.readAddress();
    this.probabilities = plan.probabilities() ? Elements.read(target) : null;
    this.weight = Elements.readOptional(weight);
  }

  boolean ignored(long position) {
    return probabilities == null && Indices.get(indices, position) == plan.ignoreIndex();
  }

  /** t of one class. */
  double get(long position, long c) {
    double share =
        probabilities != null
            ? probabilities.get(plan.first(position) + c * plan.inner())
            : Indices.get(indices, position) == c ? 1 : 0;
    double smooth = (1 - plan.smoothing()) * share + plan.smoothing() / plan.classes();
    return weight == null ? smooth : weight.get(c) * smooth;
  }

  /** Σ t over the classes. */
  double mass(long position) {
    double sum = 0;
    for (long c = 0; c < plan.classes(); c++) {
      sum += get(position, c);
    }
    return sum;
  }
}
