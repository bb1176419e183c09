package dev.panorm.regularize;

import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Autograd;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Variable;
import java.util.List;
import java.util.Objects;

/**
 * λ ‖∇f‖² as a term of the loss; its own gradient needs second derivatives, which every function of
 * {@code dev.panorm.autograd} has.
 *
 * @param lambda strength, 0 or more
 */
public record GradientPenalty(double lambda) {

  /** Checks the strength. */
  public GradientPenalty {
    Lambda.check(lambda);
  }

  /**
   * Returns λ ‖∇f‖² over all parameters, one number: for one sample the limit of noise on weights.
   *
   * @param f one number
   * @param parameters what f is differentiated by
   * @throws IllegalArgumentException if f depends on none of them
   */
  public Variable of(Variable f, List<? extends Variable> parameters) {
    Variable squares =
        Autograd.grad(f, List.copyOf(parameters), true).stream()
            .filter(Objects::nonNull)
            .map(gradient -> Sums.sum(Arithmetic.square(gradient)))
            .reduce(Arithmetic::add)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "gradientPenalty: f depends on no parameter, expected one or more"));
    return Arithmetic.scale(squares, lambda);
  }

  /**
   * Returns λ times the mean over the samples of ‖∂f_i / ∂x_i‖², one number. Each output must
   * depend on its own sample alone, so not through a BatchNorm in training.
   *
   * @param f outputs, one or more for each sample, which are summed up
   * @param x inputs, [N, ...], a variable that wants a gradient
   */
  public Variable perSample(Variable f, Variable x) {
    Variable sum = of(Sums.sum(f), List.of(x));
    return Arithmetic.scale(sum, 1.0 / Math.max(1, x.shape().dim(0)));
  }
}
