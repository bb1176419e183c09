package dev.panorm.ops;

import dev.panorm.Layout;
import dev.panorm.Shape;
import dev.panorm.backend.ResponsePlan;
import dev.panorm.internal.check.Check;
import org.jspecify.annotations.Nullable;

/**
 * Which local response normalization: y_c = x_c / (k + alpha · Σ x_j²)^beta, with j from c − size /
 * 2 to c + (size − 1) / 2 in whole numbers. PyTorch divides its α by the size, cuDNN and oneDNN do,
 * the paper does not: here alpha is what the sum is multiplied with.
 */
public final class ResponseSpec {

  static final String OP = "localResponseNorm";

  private final long size;
  private final double alpha;
  private final double beta;
  private final double k;
  private final Layout layout;

  private volatile @Nullable Planned last;

  /** The plan of one shape. */
  private record Planned(Shape x, ResponsePlan plan) {}

  private ResponseSpec(long size, double alpha, double beta, double k, Layout layout) {
    this.size = size;
    this.alpha = alpha;
    this.beta = beta;
    this.k = k;
    this.layout = layout;
  }

  /**
   * Returns the norm of [N, C, positions...].
   *
   * @param size number of channels of a neighbourhood, 1 or more
   */
  public static ResponseSpec of(long size, double alpha, double beta, double k) {
    Check.that(size >= 1, OP, "size", size, "1 or more");
    return new ResponseSpec(size, alpha, beta, k, Layout.NCHW);
  }

  /** Returns this for another layout: channels go last in {@link Layout#NHWC}. */
  public ResponseSpec withLayout(Layout other) {
    return new ResponseSpec(size, alpha, beta, k, other);
  }

  ResponsePlan plan(String op, Shape x) {
    Planned planned = last;
    if (planned == null || !planned.x.equals(x)) {
      planned = new Planned(x, build(op, x));
      last = planned;
    }
    return planned.plan;
  }

  private ResponsePlan build(String op, Shape x) {
    Check.that(x.rank() >= 3, op, "x's shape", x, "3 dimensions or more, [N, C, ...]");
    int axis = layout == Layout.NCHW ? 1 : x.rank() - 1;
    long channels = x.dim(axis);
    long most = Math.max(0, channels - 1);
    return new ResponsePlan(
        x.product(0, axis),
        channels,
        x.product(axis + 1, x.rank()),
        Math.min(most, size / 2),
        Math.min(most, (size - 1) / 2),
        alpha,
        beta,
        k);
  }
}
