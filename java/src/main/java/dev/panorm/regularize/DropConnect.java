package dev.panorm.regularize;

import dev.panorm.Generator;
import dev.panorm.RandomStream;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Drop;
import dev.panorm.autograd.Noise;
import dev.panorm.autograd.Products;
import dev.panorm.autograd.Variable;
import dev.panorm.backend.DropPlan;
import dev.panorm.internal.check.Check;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * DropConnect (Wan et al. 2013): single connections fall, z = (M ∘ W) v.
 *
 * @param p probability of <em>keeping</em> a connection; 0.5 is usually best
 */
public record DropConnect(double p) {

  /** Checks the probability. */
  public DropConnect {
    Check.that(p >= 0 && p <= 1, "dropConnect", "p", p, "a probability, 0 to 1");
  }

  /** Returns M ∘ W for training: one mask for the whole batch. */
  public Variable train(Variable weight, RandomStream stream) {
    return Drop.apply(new DropPlan(1, 1 - p, 1, 0, 0, 0), stream, weight);
  }

  /**
   * Returns f(z) for inference, averaged over samples of z from the normal distribution with z's
   * moments: E = p W v + b, V = p (1 − p) (W ∘ W) (v ∘ v).
   *
   * @param v [..., in]
   * @param weight [out, in]
   * @param bias [out], null for none
   * @param samples number of samples, 1 or more
   * @param f activation behind the layer
   */
  public Variable gaussianInference(
      Variable v,
      Variable weight,
      @Nullable Variable bias,
      int samples,
      UnaryOperator<Variable> f,
      Generator generator) {
    Check.that(samples >= 1, "dropConnect", "samples", samples, "1 or more");
    Variable mean = Products.linear(v, Arithmetic.scale(weight, p), bias);
    Variable std = Arithmetic.sqrt(variance(v, weight));
    Variable sum = null;
    for (int i = 0; i < samples; i++) {
      Variable noise = Noise.normal(mean, 0, 1, generator.next());
      Variable sample = f.apply(Arithmetic.add(mean, Arithmetic.mul(std, noise)));
      sum = sum == null ? sample : Arithmetic.add(sum, sample);
    }
    return Arithmetic.scale(Objects.requireNonNull(sum), 1.0 / samples);
  }

  /** Returns V = p (1 − p) (W ∘ W) (v ∘ v), the variance of z over all masks. */
  public Variable variance(Variable v, Variable weight) {
    Variable squares = Products.linear(Arithmetic.square(v), Arithmetic.square(weight), null);
    return Arithmetic.scale(squares, p * (1 - p));
  }
}
