package dev.panorm.internal.backend.reference;

import dev.panorm.Tensor;
import dev.panorm.backend.ResponseKernels;
import dev.panorm.backend.ResponsePlan;

/** {@link ResponseKernels} as their formulas are written. */
final class ReferenceResponses implements ResponseKernels {

  @Override
  public void forward(ResponsePlan plan, Tensor x, Tensor y) {
    Elements from = Elements.read(x);
    Elements to = Elements.write(y);
    for (long at = 0; at < plan.elements(); at++) {
      to.set(at, from.get(at) * Math.pow(base(plan, from, at), -plan.beta()));
    }
  }

  @Override
  public void backward(ResponsePlan plan, Tensor x, Tensor dy, Tensor dx) {
    Elements data = Elements.read(x);
    Elements upstream = Elements.read(dy);
    double[] ratios = new double[Math.toIntExact(plan.channels())];
    double[] gradients = new double[ratios.length];
    Elements to = Elements.write(dx);
    for (long o = 0; o < plan.outer(); o++) {
      for (long i = 0; i < plan.inner(); i++) {
        long first = o * plan.channels() * plan.inner() + i;
        for (int c = 0; c < ratios.length; c++) {
          long at = first + c * plan.inner();
          double s = base(plan, data, at);
          gradients[c] = upstream.get(at) * Math.pow(s, -plan.beta());
          ratios[c] = upstream.get(at) * data.get(at) * Math.pow(s, -plan.beta() - 1);
        }
        for (int c = 0; c < ratios.length; c++) {
          long at = first + c * plan.inner();
          double sum = 0;
          long last = Math.min(ratios.length - 1, c + plan.before());
          for (long j = Math.max(0, c - plan.after()); j <= last; j++) {
            sum += ratios[(int) j];
          }
          to.set(at, gradients[c] - 2 * plan.alpha() * plan.beta() * data.get(at) * sum);
        }
      }
    }
  }

  /** s of an element. */
  private static double base(ResponsePlan plan, Elements x, long at) {
    long channel = at / plan.inner() % plan.channels();
    long last = Math.min(plan.channels() - 1, channel + plan.after());
    double sum = 0;
    for (long j = Math.max(0, channel - plan.before()); j <= last; j++) {
      double value = x.get(at + (j - channel) * plan.inner());
      sum += value * value;
    }
    return plan.k() + plan.alpha() * sum;
  }
}
