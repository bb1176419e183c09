package dev.panorm.regularize;

import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Variable;
import dev.panorm.internal.check.Check;
import java.util.List;

/** A term that joins the loss. */
@FunctionalInterface
public interface Penalty {

  /** Returns the penalty of one parameter, one number. */
  Variable of(Variable parameter);

  /**
   * Returns the sum of the penalties of some parameters.
   *
   * @param parameters one or more
   */
  default Variable of(List<? extends Variable> parameters) {
    return parameters.stream()
        .map(this::of)
        .reduce(Arithmetic::add)
        .orElseThrow(
            () ->
                new IllegalArgumentException("penalty: parameters is empty, expected one or more"));
  }

  /** Returns λ · Σ |θ|, which drives parameters to exact zeros. */
  static Penalty l1(double lambda) {
    Lambda.check(lambda);
    return theta -> Arithmetic.scale(Sums.sum(Arithmetic.abs(theta)), lambda);
  }

  /** Returns λ / 2 · Σ θ², whose gradient is λ · θ. */
  static Penalty l2(double lambda) {
    Lambda.check(lambda);
    return l2WithoutHalf(lambda / 2);
  }

  /** Returns λ · Σ θ², whose gradient is 2 λ · θ: the form of soft constraints. */
  static Penalty l2WithoutHalf(double lambda) {
    Lambda.check(lambda);
    return theta -> Arithmetic.scale(Sums.sum(Arithmetic.square(theta)), lambda);
  }

  /**
   * Returns −log of the density of N(0, std²), without its constant: Σ θ² / (2 std²). With the loss
   * as −log likelihood, its minimum is the parameters of maximal probability given the data.
   *
   * @param std deviation of the prior, above 0
   */
  static Penalty gaussianPrior(double std) {
    Check.that(std > 0, "regularize", "std", std, "above 0");
    return l2(1 / (std * std));
  }
}
