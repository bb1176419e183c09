package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.broadcast;
import static dev.panorm.internal.backend.vector.Lanes.load;
import static dev.panorm.internal.backend.vector.Lanes.store;
import static dev.panorm.internal.backend.vector.Lanes.zero;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Softmax down some neighbouring columns at once, those of the mask. Addresses are absolute; step
 * is the distance of rows in bytes. Sums have a second float32 for what the first one's rounding
 * loses (Knuth's exact addition), so that their error does not grow with the number of rows.
 */
final class SoftmaxColumns {

  private SoftmaxColumns() {}

  /** y = softmax of x, or its logarithm. */
  static void forward(boolean log, long x, long y, int rows, long step, VectorMask<Float> mask) {
    FloatVector max = broadcast(Float.NEGATIVE_INFINITY);
    for (int row = 0; row < rows; row++) {
      max = max.max(load(x + row * step, mask));
    }
    FloatVector sum = zero();
    FloatVector lost = zero();
    for (int row = 0; row < rows; row++) {
      FloatVector e = FloatMath.exp(load(x + row * step, mask).sub(max));
      FloatVector next = sum.add(e);
      lost = lost.add(rounding(sum, e, next));
      sum = next;
    }
    sum = sum.add(lost);
    if (log) {
      shift(x, max, FloatMath.log(sum), y, rows, step, mask);
    } else {
      divide(x, max, sum, y, rows, step, mask);
    }
  }

  private static void shift(
      long x,
      FloatVector max,
      FloatVector logSum,
      long y,
      int rows,
      long step,
      VectorMask<Float> m) {
    for (int row = 0; row < rows; row++) {
      store(load(x + row * step, m).sub(max).sub(logSum), y + row * step, m);
    }
  }

  private static void divide(
      long x, FloatVector max, FloatVector sum, long y, int rows, long step, VectorMask<Float> m) {
    for (int row = 0; row < rows; row++) {
      FloatVector e = FloatMath.exp(load(x + row * step, m).sub(max));
      store(e.div(sum), y + row * step, m);
    }
  }

  /** dx = y · (dy − Σ dy · y), or dy − exp(y) · Σ dy for the logarithm. */
  static void backward(
      boolean log, long y, long dy, long dx, int rows, long step, VectorMask<Float> mask) {
    FloatVector sum = zero();
    FloatVector lost = zero();
    for (int row = 0; row < rows; row++) {
      FloatVector g = load(dy + row * step, mask);
      FloatVector term = log ? g : g.mul(load(y + row * step, mask));
      FloatVector next = sum.add(term);
      lost = lost.add(rounding(sum, term, next));
      sum = next;
    }
    sum = sum.add(lost);
    for (int row = 0; row < rows; row++) {
      FloatVector g = load(dy + row * step, mask);
      FloatVector v = load(y + row * step, mask);
      FloatVector d = log ? g.sub(FloatMath.exp(v).mul(sum)) : v.mul(g.sub(sum));
      store(d, dx + row * step, mask);
    }
  }

  /** What a + b loses where it is rounded to sum. */
  private static FloatVector rounding(FloatVector a, FloatVector b, FloatVector sum) {
    FloatVector ofB = sum.sub(a);
    FloatVector ofA = sum.sub(ofB);
    return a.sub(ofA).add(b.sub(ofB));
  }
}
