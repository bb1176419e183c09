package dev.panorm.ops;

import dev.panorm.Activation;
import dev.panorm.Tensor;
import dev.panorm.backend.Backends;
import dev.panorm.backend.ElementwiseKernels;
import dev.panorm.backend.Operation;
import dev.panorm.internal.check.Check;
import dev.panorm.internal.check.Hold;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Activation functions, forward and backward; formulas at {@link Activation}.
 *
 * <p>All tensors of a call have x's shape and type, float32 or float64. Outputs are given by the
 * caller and overwritten. NaN stays NaN; where a formula meets 0 · ∞, such as gelu(−∞), the result
 * is NaN as in PyTorch. Nothing is allocated on the Java heap.
 */
public final class Activations {

  private static final Map<Activation, String> FORWARD = names("");
  private static final Map<Activation, String> BACKWARD = names(" backward");

  private Activations() {}

  private static Map<Activation, String> names(String suffix) {
    Map<Activation, String> names = new EnumMap<>(Activation.class);
    for (Activation function : Activation.values()) {
      names.put(function, function.name().toLowerCase(Locale.ROOT) + suffix);
    }
    return names;
  }

  /** y = f(x); y may be the very memory of x. */
  public static void forward(Activation function, Tensor x, Tensor y) {
    String op = Objects.requireNonNull(FORWARD.get(function));
    Check.floating(op, "x", x);
    Check.like(op, "y", y, x.dtype(), x.shape());
    Check.writable(op, "y", y);
    Check.apartOrSame(op, "y", y, "x", x);
    Hold.retain(x, y);
    try {
      if (x.elements() > 0) {
        kernels(x).activate(function, x, y);
      }
    } finally {
      Hold.release(x, y);
    }
  }

  /**
   * dx = dy · f′(x), with relu′(0) = 0.
   *
   * @param x what forward had
   * @param dy upstream gradient
   * @param dx receives the gradient of x; may be the very memory of dy or of x
   */
  public static void backward(Activation function, Tensor x, Tensor dy, Tensor dx) {
    String op = Objects.requireNonNull(BACKWARD.get(function));
    Check.floating(op, "x", x);
    Check.like(op, "dy", dy, x.dtype(), x.shape());
    Check.like(op, "dx", dx, x.dtype(), x.shape());
    Check.writable(op, "dx", dx);
    Check.apartOrSame(op, "dx", dx, "x", x);
    Check.apartOrSame(op, "dx", dx, "dy", dy);
    Hold.retain(x, dy, dx, null);
    try {
      if (x.elements() > 0) {
        kernels(x).activateBackward(function, x, dy, dx);
      }
    } finally {
      Hold.release(x, dy, dx, null);
    }
  }

  private static ElementwiseKernels kernels(Tensor x) {
    return Backends.select(Operation.ELEMENTWISE, x.dtype(), x.elements()).elementwise();
  }
}
