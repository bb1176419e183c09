package dev.panorm.internal.backend.reference;

import dev.panorm.Tensor;
import dev.panorm.backend.CrossEntropyPlan;
import dev.panorm.backend.LossKernels;
import org.jspecify.annotations.Nullable;

/** {@link LossKernels} in float64. */
final class ReferenceLosses implements LossKernels {

  @Override
  public double crossEntropy(
      CrossEntropyPlan plan,
      Tensor x,
      Tensor target,
      @Nullable Tensor weight,
      @Nullable Tensor losses) {
    Elements from = Elements.read(x);
    TargetElements t = new TargetElements(plan, target, weight);
    Elements to = Elements.writeOptional(losses);
    double total = 0;
    for (long position = 0; position < plan.positions(); position++) {
      double loss = t.ignored(position) ? 0 : crossEntropy(plan, from, t, position);
      total += loss;
      if (to != null) {
        to.set(position, loss);
      }
    }
    return total;
  }

  private static double crossEntropy(
      CrossEntropyPlan plan, Elements x, TargetElements target, long position) {
    long first = plan.first(position);
    double max = ReferenceSoftmax.max(x, first, plan.classes(), plan.inner());
    double logSum = Math.log(ReferenceSoftmax.expSum(x, first, plan.classes(), plan.inner(), max));
    double loss = 0;
    for (long c = 0; c < plan.classes(); c++) {
      double t = target.get(position, c);
      if (t != 0) { // a masked class, whose logarithm is -inf, has no part in the loss
        loss -= t * (x.get(first + c * plan.inner()) - max - logSum);
      }
    }
    return loss;
  }

  @Override
  public void crossEntropyBackward(
      CrossEntropyPlan plan,
      Tensor x,
      Tensor target,
      @Nullable Tensor weight,
      @Nullable Tensor dlosses,
      double scale,
      Tensor dx) {
    Elements from = Elements.read(x);
    TargetElements t = new TargetElements(plan, target, weight);
    Elements upstream = Elements.readOptional(dlosses);
    Elements to = Elements.write(dx);
    for (long position = 0; position < plan.positions(); position++) {
      double g = upstream == null ? scale : scale * upstream.get(position);
      crossEntropyBackward(plan, from, t, position, g, to);
    }
  }

  private static void crossEntropyBackward(
      CrossEntropyPlan plan,
      Elements x,
      TargetElements target,
      long position,
      double g,
      Elements dx) {
    long first = plan.first(position);
    boolean ignored = target.ignored(position);
    double max = ReferenceSoftmax.max(x, first, plan.classes(), plan.inner());
    double sum = ReferenceSoftmax.expSum(x, first, plan.classes(), plan.inner(), max);
    double mass = target.mass(position);
    for (long c = 0; c < plan.classes(); c++) {
      long at = first + c * plan.inner();
      double softmax = Math.exp(x.get(at) - max) / sum;
      dx.set(at, ignored ? 0 : g * (softmax * mass - target.get(position, c)));
    }
  }

  @Override
  public double squaredError(Tensor x, Tensor target, @Nullable Tensor losses) {
    Elements from = Elements.read(x);
    Elements wanted = Elements.read(target);
    Elements to = Elements.writeOptional(losses);
    double total = 0;
    for (long i = 0; i < x.elements(); i++) {
      double difference = from.get(i) - wanted.get(i);
      total += difference * difference;
      if (to != null) {
        to.set(i, difference * difference);
      }
    }
    return total;
  }

  @Override
  public void squaredErrorBackward(
      Tensor x, Tensor target, @Nullable Tensor dlosses, double scale, Tensor dx) {
    Elements from = Elements.read(x);
    Elements wanted = Elements.read(target);
    Elements upstream = Elements.readOptional(dlosses);
    Elements to = Elements.write(dx);
    for (long i = 0; i < x.elements(); i++) {
      double g = upstream == null ? scale : scale * upstream.get(i);
      to.set(i, 2 * g * (from.get(i) - wanted.get(i)));
    }
  }
}
