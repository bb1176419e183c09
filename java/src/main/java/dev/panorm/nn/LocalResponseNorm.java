package dev.panorm.nn;

import dev.panorm.Layout;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Convolve;
import dev.panorm.autograd.Shapes;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.internal.check.Check;
import dev.panorm.ops.Conv2dSpec;

/**
 * Local response normalization (Krizhevsky, Sutskever and Hinton 2012) over neighbouring channels
 * of [N, C, positions...]:
 *
 * <pre>
 *   y_c = x_c / (k + α' Σ x_j²)^β,  j from c − size / 2 to c + (size − 1) / 2, whole-number division
 * </pre>
 *
 * with α' = α / size, as PyTorch has it and cuDNN, or α' = α, as the paper has it. Channels beyond
 * the ends count as zeros.
 */
public final class LocalResponseNorm extends Module {

  /** What the sum of squares is multiplied with. */
  public enum AlphaMode {
    /** α / size: PyTorch. */
    DIV_N,
    /** α: the paper, DL4J's Java path. */
    SUM
  }

  private static final String NAME = "localResponseNorm";

  private final long size;
  private final double alpha;
  private final double beta;
  private final double k;

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
    Check.that(size >= 1, NAME, "size", size, "1 or more");
    this.size = size;
    this.alpha = mode == AlphaMode.DIV_N ? alpha / size : alpha;
    this.beta = beta;
    this.k = k;
  }

  @Override
  public Variable forward(Variable x) {
    Shape shape = x.shape();
    Check.that(shape.rank() >= 3, NAME, "x's shape", shape, "3 dimensions or more, [N, C, ...]");
    if (shape.elements() == 0) {
      return x;
    }
    Variable images =
        Shapes.reshape(x, shape.dim(0), shape.dim(1), 1, shape.product(2, shape.rank()));
    Variable sums =
        Convolve.conv2d(
            Conv2dSpec.DENSE.withLayout(Layout.NCHW),
            Arithmetic.square(images),
            band(x, shape.dim(1)),
            null);
    Variable factor = Arithmetic.pow(Arithmetic.affine(sums, alpha, k), -beta);
    return Arithmetic.mul(x, Shapes.reshape(factor, shape));
  }

  /** The 1 x 1 convolution that adds up neighbouring channels. */
  private Variable band(Variable x, long channels) {
    Tensor weight = Tape.memory().empty(x.dtype(), channels, channels, 1, 1);
    weight.fill(
        i -> {
          long distance = i % channels - i / channels;
          return distance >= -(size / 2) && distance <= (size - 1) / 2 ? 1 : 0;
        });
    return Variable.of(weight);
  }
}
