package dev.panorm.autograd;

import static dev.panorm.autograd.Arithmetic.mul;
import static dev.panorm.autograd.Arithmetic.sub;

import dev.panorm.DType;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.ops.CrossEntropySpec;
import dev.panorm.ops.LossReduction;
import org.jspecify.annotations.Nullable;

/**
 * The gradient of the cross entropy, dloss · (softmax(x) · Σ t − t), written out in functions that
 * can be differentiated. The target distribution t is a constant, already divided by what a mean is
 * over.
 */
final class CrossEntropyFormula {

  private CrossEntropyFormula() {}

  static Variable gradient(
      CrossEntropySpec spec,
      Variable logits,
      Tensor target,
      @Nullable Tensor weight,
      Variable dloss) {
    int axis = Math.min(1, logits.shape().rank() - 1);
    Variable t = Variable.of(distribution(spec, logits, axis, target, weight));
    Variable inner = sub(mul(Activate.softmax(logits, axis), Sums.sum(t, axis)), t);
    Shape upstream =
        spec.reduction() == LossReduction.NONE ? logits.shape().with(axis, 1) : Shape.of();
    return mul(inner, Shapes.reshape(dloss, upstream));
  }

  private static Tensor distribution(
      CrossEntropySpec spec, Variable logits, int axis, Tensor target, @Nullable Tensor weight) {
    Targets targets = new Targets(spec, logits.shape(), axis, target, weight);
    double total = spec.reduction() == LossReduction.MEAN ? targets.total() : 1;
    Tensor t = Arithmetic.like(logits);
    t.fill(i -> targets.at(i) / total);
    return t;
  }

  /** The target distribution by its definition, {@code dev.panorm.backend.CrossEntropyPlan}. */
  private static final class Targets {

    private final CrossEntropySpec spec;
    private final long classes;
    private final long inner;
    private final boolean indices;
    private final double[] values;
    private final @Nullable Tensor weight;

    Targets(CrossEntropySpec spec, Shape logits, int axis, Tensor target, @Nullable Tensor weight) {
      this.spec = spec;
      this.classes = logits.dim(axis);
      this.inner = logits.product(axis + 1, logits.rank());
      this.indices = target.dtype() == DType.INT64;
      this.values = target.toDoubleArray();
      this.weight = weight;
    }

    double at(long element) {
      long c = element / inner % classes;
      long position = element / (inner * classes) * inner + element % inner;
      double spread = spec.labelSmoothing() / classes * weight(c);
      double kept = 1 - spec.labelSmoothing();
      if (!indices) {
        return kept * values[(int) element] * weight(c) + spread;
      }
      long index = (long) values[(int) position];
      if (index == spec.ignoreIndex()) {
        return 0;
      }
      return c == index ? kept * weight(c) + spread : spread;
    }

    double total() {
      if (!indices) {
        return values.length / (double) classes;
      }
      double total = 0;
      for (double index : values) {
        total += index == spec.ignoreIndex() ? 0 : weight((long) index);
      }
      return total;
    }

    private double weight(long c) {
      return weight == null ? 1 : weight.get(c);
    }
  }
}
