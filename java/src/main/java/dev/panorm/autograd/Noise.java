package dev.panorm.autograd;

import dev.panorm.RandomStream;
import dev.panorm.Tensor;

/** Random constants. */
public final class Noise {

  private Noise() {}

  /** Returns numbers of N(mean, std²), as many as x has and of its shape and type. */
  public static Variable normal(Variable x, double mean, double std, RandomStream stream) {
    Tensor noise = Arithmetic.like(x);
    stream.fillNormal(noise, mean, std);
    return Variable.of(noise);
  }
}
