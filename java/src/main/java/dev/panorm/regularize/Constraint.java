package dev.panorm.regularize;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.autograd.Variable;
import dev.panorm.internal.check.Check;
import dev.panorm.ops.Elementwise;
import dev.panorm.ops.Reductions;
import java.util.List;

/** A set that parameters are brought back into after each step. */
@FunctionalInterface
public interface Constraint {

  /** Moves parameters to the nearest point of the set (unit norm: along their own direction). */
  void project(List<? extends Variable> parameters);

  /**
   * Returns ‖θ‖² ≤ r for all parameters as one vector: the hard form of L2.
   *
   * @param r square of the radius, 0 or more
   */
  static Constraint normBall(double r) {
    Check.that(r >= 0, "normBall", "r", r, "0 or more");
    return parameters -> {
      double total = 0;
      for (Variable parameter : parameters) {
        total += sumOfSquares(parameter.value());
      }
      if (total > r) {
        double factor = Math.sqrt(r / total);
        for (Variable parameter : parameters) {
          Elementwise.affine(parameter.value(), factor, 0, parameter.value());
        }
      }
    };
  }

  /**
   * Returns ‖row‖ ≤ limit for each row, the weights of one unit (Srebro and Shraibman 2005).
   *
   * @param limit above 0
   */
  static Constraint maxNorm(double limit) {
    Check.that(limit > 0, "maxNorm", "limit", limit, "above 0");
    return eachRow(limit, limit);
  }

  /** Returns ‖row‖ = 1 for each row; a row of zeros stays one. */
  static Constraint unitNorm() {
    return eachRow(1, Double.MIN_NORMAL);
  }

  /** Returns θ ≥ 0 for each element. */
  static Constraint nonNegative() {
    return parameters -> {
      for (Variable parameter : parameters) {
        Tensor value = parameter.value();
        Elementwise.clamp(value, 0, Double.POSITIVE_INFINITY, value);
      }
    };
  }

  /** Multiplies each row with length / max(its norm, smallest). */
  private static Constraint eachRow(double length, double smallest) {
    return parameters -> parameters.forEach(p -> scaleRows(p.value(), length, smallest));
  }

  private static void scaleRows(Tensor value, double length, double smallest) {
    Check.that(value.shape().rank() >= 1, "constraint", "shape", value.shape(), "rows");
    if (value.elements() == 0) {
      return;
    }
    try (Scope scope = Scope.open()) {
      Tensor rows = value.view(value.dim(0), -1);
      Tensor factors = scope.empty(value.dtype(), value.dim(0), 1);
      Reductions.sumOfSquares(rows, factors);
      Elementwise.sqrt(factors, factors);
      double least =
          value.dtype() == DType.FLOAT32 ? Math.max(smallest, Float.MIN_NORMAL) : smallest;
      Elementwise.clamp(factors, least, Double.POSITIVE_INFINITY, factors);
      Elementwise.reciprocal(factors, factors);
      Elementwise.affine(factors, length, 0, factors);
      Elementwise.mul(rows, factors, rows);
    }
  }

  private static double sumOfSquares(Tensor value) {
    try (Scope scope = Scope.open()) {
      Tensor sum = scope.empty(value.dtype(), Shape.of());
      Reductions.sumOfSquares(value, sum);
      return sum.item();
    }
  }
}
