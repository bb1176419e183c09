package dev.panorm.nn;

import dev.panorm.Layout;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Convolve;
import dev.panorm.autograd.Respond;
import dev.panorm.autograd.Shapes;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.internal.check.Check;
import dev.panorm.ops.Conv2dSpec;
import dev.panorm.ops.ResponseSpec;
import org.jspecify.annotations.Nullable;

/**
 * Local response normalization (Krizhevsky, Sutskever and Hinton 2012) over neighbouring channels
 * of [N, C, positions...], or over neighbouring positions with {@link #withinChannel}:
 *
 * <pre>
 *   y_c = x_c / (k + α' Σ x_j²)^β,  j from c − size / 2 to c + (size − 1) / 2, whole-number division
 * </pre>
 *
 * with α' = α / size, as PyTorch has it and cuDNN, or α' = α, as the paper has it. What lies beyond
 * the ends counts as zeros.
 */
public final class LocalResponseNorm extends Module {

  /** What the sum of squares is multiplied with. */
  public enum AlphaMode {
    /** α over the number of neighbours: size (PyTorch), or size^d within a channel (oneDNN). */
    DIV_N,
    /** α: the paper, DL4J's Java path. */
    SUM
  }

  private static final String NAME = "localResponseNorm";

  private final long size;
  private final double alpha;
  private final double beta;
  private final double k;
  private final AlphaMode mode;
  private final boolean withinChannel;
  private @Nullable ResponseSpec spec;

  /** Creates the module with PyTorch's defaults: α = 1e-4, β = 0.75, k = 1, α over the size. */
  public LocalResponseNorm(long size) {
    this(size, 1e-4, 0.75, 1, AlphaMode.DIV_N);
  }

  /**
   * Creates the module.
   *
   * @param size number of channels of a neighbourhood, 1 or more
   */
  public LocalResponseNorm(long size, double alpha, double beta, double k, AlphaMode mode) {
    this(size, alpha, beta, k, mode, false);
  }

  private LocalResponseNorm(
      long size, double alpha, double beta, double k, AlphaMode mode, boolean withinChannel) {
    Check.that(size >= 1, NAME, "size", size, "1 or more");
    this.size = size;
    this.alpha = alpha;
    this.beta = beta;
    this.k = k;
    this.mode = mode;
    this.withinChannel = withinChannel;
  }

  /**
   * Returns the norm whose neighbours are positions of the same channel: a window of size x size
   * for images, size^d for d dimensions, that reaches from − size / 2 to (size − 1) / 2 in each.
   *
   * @param size width of the window, 1 or more
   */
  public static LocalResponseNorm withinChannel(
      long size, double alpha, double beta, double k, AlphaMode mode) {
    return new LocalResponseNorm(size, alpha, beta, k, mode, true);
  }

  @Override
  public Variable forward(Variable x) {
    Shape shape = x.shape();
    Check.that(shape.rank() >= 3, NAME, "x's shape", shape, "3 dimensions or more, [N, C, ...]");
    if (shape.elements() == 0) {
      return x;
    }
    double summands =
        mode == AlphaMode.SUM ? 1 : Math.pow((double) size, withinChannel ? shape.rank() - 2 : 1);
    return withinChannel ? within(x, alpha / summands) : across(x, alpha / summands);
  }

  private Variable across(Variable x, double factor) {
    ResponseSpec known = spec;
    if (known == null) {
      known = ResponseSpec.of(size, factor, beta, k);
      spec = known;
    }
    return Respond.across(known, x, () -> scaled(x, neighbours(Arithmetic.square(x), 1), factor));
  }

  private Variable within(Variable x, double factor) {
    Variable sums = Arithmetic.square(x);
    for (int axis = 2; axis < x.shape().rank(); axis++) {
      sums = neighbours(sums, axis);
    }
    return scaled(x, sums, factor);
  }

  private Variable scaled(Variable x, Variable sums, double factor) {
    return Arithmetic.mul(x, Arithmetic.pow(Arithmetic.affine(sums, factor, k), -beta));
  }

  /** Adds up neighbours along an axis: a 1 x 1 convolution over [before, axis, 1, behind]. */
  private Variable neighbours(Variable x, int axis) {
    Shape shape = x.shape();
    Variable images =
        Shapes.reshape(
            x, shape.product(0, axis), shape.dim(axis), 1, shape.product(axis + 1, shape.rank()));
    Variable sums =
        Convolve.conv2d(
            Conv2dSpec.DENSE.withLayout(Layout.NCHW), images, band(x, shape.dim(axis)), null);
    return Shapes.reshape(sums, shape);
  }

  /** Row i has ones at the neighbours of i. */
  private Variable band(Variable x, long places) {
    Tensor weight = Tape.memory().empty(x.dtype(), places, places, 1, 1);
    weight.fill(
        i -> {
          long distance = i % places - i / places;
          return distance >= -(size / 2) && distance <= (size - 1) / 2 ? 1 : 0;
        });
    return Variable.of(weight);
  }
}
