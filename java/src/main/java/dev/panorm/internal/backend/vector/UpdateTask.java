package dev.panorm.internal.backend.vector;

import dev.panorm.Tensor;
import dev.panorm.backend.AdagradRule;
import dev.panorm.backend.AdamRule;
import dev.panorm.backend.RmspropRule;
import dev.panorm.backend.SgdRule;
import dev.panorm.internal.parallel.WorkerPool;
import org.jspecify.annotations.Nullable;

/**
 * One optimizer step, cut into parts of equal length. The constants of the rule are rounded to
 * float32 after everything that can be worked out of them in float64 has been. The object serves
 * the next call of its thread.
 */
final class UpdateTask implements WorkerPool.PartTask {

  /** Which loop runs. */
  private enum Kind {
    SGD,
    SGD_MOMENTUM,
    ADAM,
    RMSPROP,
    ADAGRAD
  }

  private Kind kind = Kind.SGD;
  private long elements;
  private long theta;
  private long gradient;
  private long s0;
  private long s1;
  private long s2;
  private float rate;
  private float decay;
  private float shrink;
  private float a;
  private float b;
  private float c;
  private float d;
  private float eps;

  void bind(
      Tensor parameter,
      Tensor grad,
      @Nullable Tensor first,
      @Nullable Tensor second,
      @Nullable Tensor third) {
    elements = parameter.elements();
    gradient = grad.readAddress();
    theta = parameter.updateAddress();
    s0 = update(first);
    s1 = update(second);
    s2 = update(third);
  }

  private static long update(@Nullable Tensor tensor) {
    return tensor == null ? 0 : tensor.updateAddress();
  }

  void sgd(SgdRule rule, boolean first) {
    kind = s0 == 0 ? Kind.SGD : Kind.SGD_MOMENTUM;
    rate = (float) -rule.learningRate();
    decay = (float) rule.weightDecay();
    // At the first step the buffer counts for nothing and the gradient in full.
    a = first ? 0 : (float) rule.momentum();
    b = first ? 1 : (float) (1 - rule.dampening());
    // What is taken: gradient · c + buffer · d.
    c = rule.nesterov() ? 1 : 0;
    d = rule.nesterov() ? (float) rule.momentum() : 1;
    run();
  }

  void adam(AdamRule rule, long step) {
    kind = Kind.ADAM;
    rate = (float) (-rule.learningRate() / (1 - Math.pow(rule.beta1(), (double) step)));
    shrink = rule.decoupled() ? (float) (-rule.learningRate() * rule.weightDecay()) : 0;
    decay = rule.decoupled() ? 0 : (float) rule.weightDecay();
    a = (float) (1 - rule.beta1());
    b = (float) (1 - rule.beta2());
    c = (float) (1 / Math.sqrt(1 - Math.pow(rule.beta2(), (double) step)));
    eps = (float) rule.eps();
    run();
  }

  void rmsprop(RmspropRule rule) {
    kind = Kind.RMSPROP;
    rate = (float) -rule.learningRate();
    decay = (float) rule.weightDecay();
    a = (float) (1 - rule.alpha());
    b = (float) rule.momentum();
    eps = (float) rule.eps();
    run();
  }

  void adagrad(AdagradRule rule, long step) {
    kind = Kind.ADAGRAD;
    rate = (float) (-rule.learningRate() / (1 + (double) (step - 1) * rule.learningRateDecay()));
    decay = (float) rule.weightDecay();
    eps = (float) rule.eps();
    run();
  }

  private void run() {
    WorkerPool.shared().run(Partition.parts(elements, Partition.GRAIN), this);
  }

  @Override
  public void run(int part) {
    long from = part * Partition.GRAIN;
    int length = (int) Math.min(Partition.GRAIN, elements - from);
    long at = from * Float.BYTES;
    switch (kind) {
      case SGD -> UpdateLoops.sgd(theta + at, gradient + at, length, rate, decay);
      case SGD_MOMENTUM ->
          UpdateLoops.momentum(theta + at, gradient + at, s0 + at, length, rate, decay, a, b, c, d);
      case ADAM ->
          UpdateLoops.adam(
              theta + at,
              gradient + at,
              s0 + at,
              s1 + at,
              length,
              rate,
              shrink,
              decay,
              a,
              b,
              c,
              eps,
              at(s2, at));
      case RMSPROP ->
          UpdateLoops.rmsprop(
              theta + at,
              gradient + at,
              s0 + at,
              length,
              rate,
              decay,
              a,
              b,
              eps,
              at(s1, at),
              at(s2, at));
      case ADAGRAD ->
          UpdateLoops.adagrad(theta + at, gradient + at, s0 + at, length, rate, decay, eps);
    }
  }

  /** Address of a state that may be absent, 0 for none. */
  private static long at(long state, long offset) {
    return state == 0 ? 0 : state + offset;
  }
}
