package dev.panorm.internal.backend.vector;

import static dev.panorm.internal.backend.vector.Lanes.FLOATS;
import static dev.panorm.internal.backend.vector.Lanes.broadcast;
import static dev.panorm.internal.backend.vector.Lanes.first;
import static dev.panorm.internal.backend.vector.Lanes.load;
import static dev.panorm.internal.backend.vector.Lanes.store;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * The loops of the optimizer steps; names are those of the rules. Addresses are absolute, lengths
 * in elements; rate is the negative step size.
 *
 * <p>Every vector is masked but in the loop of momentum: a masked store takes several times as long
 * as a plain one, which shows where little is computed.
 */
final class UpdateLoops {

  private static final long F4 = Float.BYTES;

  private UpdateLoops() {}

  /** θ += rate · (g + decay · θ). */
  static void sgd(long theta, long gradient, int length, float rate, float decay) {
    FloatVector rates = broadcast(rate);
    FloatVector decays = broadcast(decay);
    for (int i = 0; i < length; i += FLOATS) {
      VectorMask<Float> m = first(length - i);
      FloatVector t = load(theta + i * F4, m);
      FloatVector g = t.fma(decays, load(gradient + i * F4, m));
      store(g.fma(rates, t), theta + i * F4, m);
    }
  }

  /** b := keep · b + share · g; θ += rate · (ofGradient · g + ofBuffer · b). */
  static void momentum(
      long theta,
      long gradient,
      long buffer,
      int length,
      float rate,
      float decay,
      float keep,
      float share,
      float ofGradient,
      float ofBuffer) {
    FloatVector rates = broadcast(rate);
    FloatVector decays = broadcast(decay);
    FloatVector keeps = broadcast(keep);
    FloatVector shares = broadcast(share);
    FloatVector ofGradients = broadcast(ofGradient);
    FloatVector ofBuffers = broadcast(ofBuffer);
    if (keep == 0) {
      Runs.fill(0, buffer, length); // what counts for nothing may hold anything, also NaN
    }
    long full = Lanes.fullBytes(length, 1);
    for (long i = 0; i < full; i += Lanes.BYTES) {
      FloatVector t = load(theta + i);
      FloatVector g = t.fma(decays, load(gradient + i));
      FloatVector b = g.fma(shares, load(buffer + i).mul(keeps));
      store(b, buffer + i);
      FloatVector step = b.mul(ofBuffers).add(g.mul(ofGradients));
      store(step.fma(rates, t), theta + i);
    }
    if (full < length * F4) {
      VectorMask<Float> m = first(Lanes.rest(length, full));
      FloatVector t = load(theta + full, m);
      FloatVector g = t.fma(decays, load(gradient + full, m));
      FloatVector b = g.fma(shares, load(buffer + full, m).mul(keeps));
      store(b, buffer + full, m);
      FloatVector step = b.mul(ofBuffers).add(g.mul(ofGradients));
      store(step.fma(rates, t), theta + full, m);
    }
  }

  /** θ := (1 + shrink) · θ + rate · m / (√u · correction + eps). */
  static void adam(
      long theta,
      long gradient,
      long mean,
      long square,
      int length,
      float rate,
      float shrink,
      float decay,
      float ofMean,
      float ofSquare,
      float correction,
      float eps,
      long largest) {
    for (int i = 0; i < length; i += FLOATS) {
      VectorMask<Float> mask = first(length - i);
      FloatVector t = load(theta + i * F4, mask);
      FloatVector g = t.fma(broadcast(decay), load(gradient + i * F4, mask));
      FloatVector m = load(mean + i * F4, mask);
      m = g.sub(m).fma(broadcast(ofMean), m);
      store(m, mean + i * F4, mask);
      FloatVector v = load(square + i * F4, mask);
      v = g.mul(g).sub(v).fma(broadcast(ofSquare), v);
      store(v, square + i * F4, mask);
      if (largest != 0) {
        v = v.max(load(largest + i * F4, mask));
        store(v, largest + i * F4, mask);
      }
      FloatVector root = v.sqrt().fma(broadcast(correction), broadcast(eps));
      t = t.fma(broadcast(shrink), t);
      store(m.div(root).fma(broadcast(rate), t), theta + i * F4, mask);
    }
  }

  /** θ += rate · d with d = g / (√(v − a²) + eps), or b := momentum · b + d in its place. */
  static void rmsprop(
      long theta,
      long gradient,
      long square,
      int length,
      float rate,
      float decay,
      float share,
      float momentum,
      float eps,
      long mean,
      long buffer) {
    for (int i = 0; i < length; i += FLOATS) {
      VectorMask<Float> mask = first(length - i);
      FloatVector t = load(theta + i * F4, mask);
      FloatVector g = t.fma(broadcast(decay), load(gradient + i * F4, mask));
      FloatVector v = load(square + i * F4, mask);
      v = g.mul(g).sub(v).fma(broadcast(share), v);
      store(v, square + i * F4, mask);
      if (mean != 0) {
        FloatVector a = load(mean + i * F4, mask);
        a = g.sub(a).fma(broadcast(share), a);
        store(a, mean + i * F4, mask);
        v = v.sub(a.mul(a));
      }
      FloatVector step = g.div(v.sqrt().add(eps));
      if (buffer != 0) {
        step = load(buffer + i * F4, mask).fma(broadcast(momentum), step);
        store(step, buffer + i * F4, mask);
      }
      store(step.fma(broadcast(rate), t), theta + i * F4, mask);
    }
  }

  /** s += g²; θ += rate · g / (√s + eps). */
  static void adagrad(
      long theta, long gradient, long sum, int length, float rate, float decay, float eps) {
    for (int i = 0; i < length; i += FLOATS) {
      VectorMask<Float> m = first(length - i);
      FloatVector t = load(theta + i * F4, m);
      FloatVector g = t.fma(broadcast(decay), load(gradient + i * F4, m));
      FloatVector s = g.fma(g, load(sum + i * F4, m));
      store(s, sum + i * F4, m);
      store(g.div(s.sqrt().add(eps)).fma(broadcast(rate), t), theta + i * F4, m);
    }
  }
}
