package dev.panorm.backend;

import dev.panorm.Activation;
import dev.panorm.Tensor;

/**
 * Functions of each element by itself. Arguments have been checked: shapes fit, all tensors have
 * one floating-point type, storages are retained, there is at least one element. An output may be
 * the very memory of an input of its shape.
 */
public interface ElementwiseKernels {

  /** y = f(x), with the function's constants p and q. */
  void unary(Unary function, double p, double q, Tensor x, Tensor y);

  /** y = f(a, b), with a and b broadcast as the plan says. */
  void binary(Binary function, BroadcastPlan plan, Tensor a, Tensor b, Tensor y);

  /** y := alpha · x + beta · y. Where beta is 0, y is not read. */
  void axpby(double alpha, Tensor x, double beta, Tensor y);

  /** y = f(x). */
  void activate(Activation function, Tensor x, Tensor y);

  /** dx = dy · f′(x). */
  void activateBackward(Activation function, Tensor x, Tensor dy, Tensor dx);
}
