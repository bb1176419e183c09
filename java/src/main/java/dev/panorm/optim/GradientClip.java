package dev.panorm.optim;

import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;
import dev.panorm.nn.Parameter;
import dev.panorm.ops.Elementwise;
import dev.panorm.ops.Reductions;
import java.util.List;
import java.util.Objects;

/** Bounds on gradients, between {@code backward} and an optimizer's step. */
public final class GradientClip {

  /** Keeps the coefficient finite where all gradients are zero; PyTorch's. */
  private static final double EPS = 1e-6;

  private GradientClip() {}

  /**
   * Brings each element into [−limit, limit]; NaN stays NaN.
   *
   * @param limit 0 or more
   */
  public static void byValue(List<Parameter> parameters, double limit) {
    Optimizer.notNegative("clip", "limit", limit);
    for (Tensor gradient : gradients(parameters)) {
      Elementwise.clamp(gradient, -limit, limit, gradient);
    }
  }

  /** As {@link #byNorm(List, double, double)}, by the Euclidean norm. */
  public static double byNorm(List<Parameter> parameters, double limit) {
    return byNorm(parameters, limit, 2);
  }

  /**
   * Multiplies all gradients by min(1, limit / (norm + 1e-6)), with the norm of all of them as one
   * vector, and returns that norm as it was before. A norm of NaN makes every gradient NaN, an
   * infinite one makes finite gradients zero, as in PyTorch: compare the result with {@link
   * Double#isFinite}.
   *
   * @param limit 0 or more
   * @param p order of the norm, 1 or more; may be infinite
   */
  public static double byNorm(List<Parameter> parameters, double limit, double p) {
    Optimizer.notNegative("clip", "limit", limit);
    double norm = norm(parameters, p);
    double factor = limit / (norm + EPS);
    if (!(factor >= 1)) {
      for (Tensor gradient : gradients(parameters)) {
        Elementwise.affine(gradient, factor, 0, gradient);
      }
    }
    return norm;
  }

  /**
   * Returns the norm of all gradients as one vector.
   *
   * @param p order of the norm, 1 or more; may be infinite
   */
  public static double norm(List<Parameter> parameters, double p) {
    Check.that(p >= 1, "clip", "p", p, "1 or more");
    double total = 0;
    for (Tensor gradient : gradients(parameters)) {
      if (gradient.elements() > 0) {
        double part = part(gradient, p);
        total = Double.isInfinite(p) ? Math.max(total, part) : total + part;
      }
    }
    return Double.isInfinite(p) ? total : Math.pow(total, 1 / p);
  }

  /** Σ |g|^p, or the largest |g|. */
  private static double part(Tensor gradient, double p) {
    try (Scope scope = Scope.open()) {
      Tensor result = scope.empty(gradient.dtype(), Shape.of());
      if (p == 2) {
        Reductions.sumOfSquares(gradient, result);
        return result.item();
      }
      Tensor size = scope.emptyLike(gradient);
      Elementwise.abs(gradient, size);
      if (Double.isInfinite(p)) {
        Reductions.max(size, result);
      } else {
        Elementwise.pow(size, p, size);
        Reductions.sum(size, result);
      }
      return result.item();
    }
  }

  private static List<Tensor> gradients(List<Parameter> parameters) {
    return parameters.stream().map(Parameter::grad).filter(Objects::nonNull).toList();
  }
}
