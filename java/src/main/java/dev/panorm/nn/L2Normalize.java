package dev.panorm.nn;

import dev.panorm.autograd.Activate;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Variable;
import dev.panorm.internal.check.Check;

/**
 * y = x / max(‖x‖, eps) with the Euclidean length over one dimension: PyTorch's {@code
 * F.normalize}. The same in training and evaluation.
 */
public final class L2Normalize extends Module {

  private final int dim;
  private final double eps;

  /** Creates the module with PyTorch's eps, 1e-12. */
  public L2Normalize(int dim) {
    this(dim, 1e-12);
  }

  /**
   * Creates the module.
   *
   * @param dim dimension whose vectors get length 1; negative ones count from the end
   * @param eps least length that is divided by, above 0
   */
  public L2Normalize(int dim, double eps) {
    Check.that(eps > 0, "l2Normalize", "eps", eps, "above 0");
    this.dim = dim;
    this.eps = eps;
  }

  /** max(s, eps²) is s + relu(eps² − s), whose gradient is finite where x is 0. */
  @Override
  public Variable forward(Variable x) {
    Variable squares = Sums.sum(Arithmetic.square(x), dim);
    Variable missing = Activate.relu(Arithmetic.affine(squares, -1, eps * eps));
    return Arithmetic.mul(x, Arithmetic.rsqrt(Arithmetic.add(squares, missing)));
  }
}
