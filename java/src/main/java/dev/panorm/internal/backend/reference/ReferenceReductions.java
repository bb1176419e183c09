package dev.panorm.internal.backend.reference;

import dev.panorm.Tensor;
import dev.panorm.backend.ReducePlan;
import dev.panorm.backend.Reduction;
import dev.panorm.backend.ReductionKernels;

/** {@link ReductionKernels} in float64, in row-major order. */
final class ReferenceReductions implements ReductionKernels {

  @Override
  public void reduce(Reduction function, ReducePlan plan, Tensor x, Tensor y) {
    Elements from = Elements.read(x);
    Elements to = Elements.write(y);
    for (long result = 0; result < plan.results(); result++) {
      double value =
          plan.keepMid()
              ? overRest(function, plan, from, result)
              : overMid(function, plan, from, result);
      to.set(result, function == Reduction.MEAN ? value / plan.perResult() : value);
    }
  }

  private static double overMid(Reduction function, ReducePlan plan, Elements x, long result) {
    long first = result / plan.inner() * plan.mid() * plan.inner() + result % plan.inner();
    double value = start(function);
    for (long m = 0; m < plan.mid(); m++) {
      value = step(function, value, x.get(first + m * plan.inner()));
    }
    return value;
  }

  private static double overRest(Reduction function, ReducePlan plan, Elements x, long m) {
    double value = start(function);
    for (long o = 0; o < plan.outer(); o++) {
      long first = (o * plan.mid() + m) * plan.inner();
      for (long i = 0; i < plan.inner(); i++) {
        value = step(function, value, x.get(first + i));
      }
    }
    return value;
  }

  private static double start(Reduction function) {
    return switch (function) {
      case SUM, MEAN, SUM_OF_SQUARES -> 0;
      case MAX -> Double.NEGATIVE_INFINITY;
      case MIN -> Double.POSITIVE_INFINITY;
    };
  }

  private static double step(Reduction function, double value, double x) {
    return switch (function) {
      case SUM, MEAN -> value + x;
      case SUM_OF_SQUARES -> value + x * x;
      case MAX -> Math.max(value, x);
      case MIN -> Math.min(value, x);
    };
  }

  @Override
  public void argmax(long outer, long mid, long inner, Tensor x, Tensor indices) {
    Elements from = Elements.read(x);
    long to = indices.writeAddress();
    for (long o = 0; o < outer; o++) {
      for (long i = 0; i < inner; i++) {
        Indices.set(to, o * inner + i, argmax(from, o * mid * inner + i, mid, inner));
      }
    }
  }

  private static long argmax(Elements x, long first, long count, long stride) {
    double best = x.get(first);
    long position = 0;
    for (long m = 1; m < count && !Double.isNaN(best); m++) {
      double value = x.get(first + m * stride);
      if (value > best || Double.isNaN(value)) {
        best = value;
        position = m;
      }
    }
    return position;
  }
}
