package dev.panorm.internal.backend.reference;

import dev.panorm.Tensor;
import dev.panorm.backend.AdagradRule;
import dev.panorm.backend.AdamRule;
import dev.panorm.backend.RmspropRule;
import dev.panorm.backend.SgdRule;
import dev.panorm.backend.UpdateKernels;
import org.jspecify.annotations.Nullable;

/** {@link UpdateKernels} in float64; formulas are those of the rules. */
final class ReferenceUpdates implements UpdateKernels {

  @Override
  public void sgd(
      SgdRule rule, boolean first, Tensor parameter, Tensor gradient, @Nullable Tensor buffer) {
    Elements theta = Elements.update(parameter);
    Elements grad = Elements.read(gradient);
    Elements b = updateOptional(buffer);
    for (long i = 0; i < parameter.elements(); i++) {
      double g = grad.get(i) + rule.weightDecay() * theta.get(i);
      double step = g;
      if (b != null) {
        double direction = first ? g : rule.momentum() * b.get(i) + (1 - rule.dampening()) * g;
        b.set(i, direction);
        step = rule.nesterov() ? g + rule.momentum() * direction : direction;
      }
      theta.set(i, theta.get(i) - rule.learningRate() * step);
    }
  }

  @Override
  public void adam(
      AdamRule rule,
      long step,
      Tensor parameter,
      Tensor gradient,
      Tensor mean,
      Tensor square,
      @Nullable Tensor largest) {
    Elements theta = Elements.update(parameter);
    Elements grad = Elements.read(gradient);
    Elements m = Elements.update(mean);
    Elements v = Elements.update(square);
    Elements most = updateOptional(largest);
    double keep = rule.decoupled() ? 1 - rule.learningRate() * rule.weightDecay() : 1;
    double coupled = rule.decoupled() ? 0 : rule.weightDecay();
    double size = rule.learningRate() / (1 - Math.pow(rule.beta1(), (double) step));
    double rootCorrection = Math.sqrt(1 - Math.pow(rule.beta2(), (double) step));
    for (long i = 0; i < parameter.elements(); i++) {
      double g = grad.get(i) + coupled * theta.get(i);
      double newMean = m.get(i) + (1 - rule.beta1()) * (g - m.get(i));
      double newSquare = rule.beta2() * v.get(i) + (1 - rule.beta2()) * g * g;
      m.set(i, newMean);
      v.set(i, newSquare);
      double u = newSquare;
      if (most != null) {
        u = Math.max(most.get(i), newSquare);
        most.set(i, u);
      }
      double direction = newMean / (Math.sqrt(u) / rootCorrection + rule.eps());
      theta.set(i, keep * theta.get(i) - size * direction);
    }
  }

  @Override
  public void rmsprop(
      RmspropRule rule,
      Tensor parameter,
      Tensor gradient,
      Tensor square,
      @Nullable Tensor mean,
      @Nullable Tensor buffer) {
    Elements theta = Elements.update(parameter);
    Elements grad = Elements.read(gradient);
    Elements v = Elements.update(square);
    Elements a = updateOptional(mean);
    Elements b = updateOptional(buffer);
    for (long i = 0; i < parameter.elements(); i++) {
      double g = grad.get(i) + rule.weightDecay() * theta.get(i);
      double spread = rule.alpha() * v.get(i) + (1 - rule.alpha()) * g * g;
      v.set(i, spread);
      if (a != null) {
        double newMean = a.get(i) + (1 - rule.alpha()) * (g - a.get(i));
        a.set(i, newMean);
        spread -= newMean * newMean;
      }
      double direction = g / (Math.sqrt(spread) + rule.eps());
      if (b != null) {
        direction += rule.momentum() * b.get(i);
        b.set(i, direction);
      }
      theta.set(i, theta.get(i) - rule.learningRate() * direction);
    }
  }

  @Override
  public void adagrad(AdagradRule rule, long step, Tensor parameter, Tensor gradient, Tensor sum) {
    Elements theta = Elements.update(parameter);
    Elements grad = Elements.read(gradient);
    Elements s = Elements.update(sum);
    double size = rule.learningRate() / (1 + (double) (step - 1) * rule.learningRateDecay());
    for (long i = 0; i < parameter.elements(); i++) {
      double g = grad.get(i) + rule.weightDecay() * theta.get(i);
      double newSum = s.get(i) + g * g;
      s.set(i, newSum);
      theta.set(i, theta.get(i) - size * g / (Math.sqrt(newSum) + rule.eps()));
    }
  }

  private static @Nullable Elements updateOptional(@Nullable Tensor tensor) {
    return tensor == null ? null : Elements.update(tensor);
  }
}
