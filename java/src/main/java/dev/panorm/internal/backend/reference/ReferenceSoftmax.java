package dev.panorm.internal.backend.reference;

import dev.panorm.Tensor;
import dev.panorm.backend.SoftmaxKernels;

/** {@link SoftmaxKernels} in float64. */
final class ReferenceSoftmax implements SoftmaxKernels {

  @Override
  public void softmax(boolean log, long outer, long mid, long inner, Tensor x, Tensor y) {
    Elements from = Elements.read(x);
    Elements to = Elements.write(y);
    for (long o = 0; o < outer; o++) {
      for (long i = 0; i < inner; i++) {
        slice(log, o * mid * inner + i, mid, inner, from, to);
      }
    }
  }

  private static void slice(
      boolean log, long first, long count, long stride, Elements from, Elements to) {
    double max = max(from, first, count, stride);
    double sum = expSum(from, first, count, stride, max);
    double logSum = Math.log(sum);
    for (long c = 0; c < count; c++) {
      long at = first + c * stride;
      double centred = from.get(at) - max;
      to.set(at, log ? centred - logSum : Math.exp(centred) / sum);
    }
  }

  /** Largest element of a slice, NaN if one is NaN. */
  static double max(Elements x, long first, long count, long stride) {
    double max = Double.NEGATIVE_INFINITY;
    for (long c = 0; c < count; c++) {
      max = Math.max(max, x.get(first + c * stride));
    }
    return max;
  }

  /** Σ exp(x − max) of a slice. */
  static double expSum(Elements x, long first, long count, long stride, double max) {
    double sum = 0;
    for (long c = 0; c < count; c++) {
      sum += Math.exp(x.get(first + c * stride) - max);
    }
    return sum;
  }

  @Override
  public void softmaxBackward(
      boolean log, long outer, long mid, long inner, Tensor y, Tensor dy, Tensor dx) {
    Elements result = Elements.read(y);
    Elements upstream = Elements.read(dy);
    Elements to = Elements.write(dx);
    for (long o = 0; o < outer; o++) {
      for (long i = 0; i < inner; i++) {
        sliceBackward(log, o * mid * inner + i, mid, inner, result, upstream, to);
      }
    }
  }

  private static void sliceBackward(
      boolean log, long first, long count, long stride, Elements y, Elements dy, Elements dx) {
    double sum = 0;
    for (long c = 0; c < count; c++) {
      long at = first + c * stride;
      sum += log ? dy.get(at) : dy.get(at) * y.get(at);
    }
    for (long c = 0; c < count; c++) {
      long at = first + c * stride;
      double g = dy.get(at);
      dx.set(at, log ? g - Math.exp(y.get(at)) * sum : y.get(at) * (g - sum));
    }
  }
}
