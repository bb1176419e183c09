package dev.panorm.ops;

import dev.panorm.DType;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.backend.Backends;
import dev.panorm.backend.Binary;
import dev.panorm.backend.BroadcastPlan;
import dev.panorm.backend.ElementwiseKernels;
import dev.panorm.backend.GemmKernels;
import dev.panorm.backend.Operation;
import dev.panorm.backend.ReducePlan;
import dev.panorm.backend.Reduction;
import dev.panorm.internal.check.Check;
import dev.panorm.internal.check.Hold;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products, the linear layer and eigenvectors.
 *
 * <p>All tensors of a call have one type, float32 or float64. Outputs are given by the caller and
 * overlap no input.
 */
public final class LinearAlgebra {

  /** How a bias of the weight's rows is added to a result. */
  private static final PlanCache<BroadcastPlan> BIASES =
      new PlanCache<>(
          (op, y, weight) -> {
            long out = weight.dim(0);
            return new BroadcastPlan(1, y.elements() / out, out, 0, out, 1, 0, 0, 1);
          });

  private static final PlanCache<ReducePlan> BIAS_GRADIENTS =
      new PlanCache<>(
          (op, dy, weight) -> {
            long out = weight.dim(0);
            return new ReducePlan(1, dy.elements() / out, out, false);
          });

  private LinearAlgebra() {}

  /** c = op(a) · op(b) of matrices, op the transposition where it is asked for. */
  public static void mm(boolean transposeA, boolean transposeB, Tensor a, Tensor b, Tensor c) {
    mm(transposeA, transposeB, 1, a, b, 0, c);
  }

  /**
   * c := alpha · op(a) · op(b) + beta · c of matrices.
   *
   * @param transposeA whether a is stored as [k, m], else [m, k]
   * @param transposeB whether b is stored as [n, k], else [k, n]
   * @param beta where it is 0, c is not read
   * @param c [m, n]
   */
  public static void mm(
      boolean transposeA,
      boolean transposeB,
      double alpha,
      Tensor a,
      Tensor b,
      double beta,
      Tensor c) {
    Check.that(a.shape().rank() == 2, "mm", "a's shape", a.shape(), "a matrix");
    product("mm", transposeA, transposeB, alpha, a, b, beta, c);
  }

  /** c = op(a) · op(b) for each matrix of a batch. */
  public static void bmm(boolean transposeA, boolean transposeB, Tensor a, Tensor b, Tensor c) {
    bmm(transposeA, transposeB, 1, a, b, 0, c);
  }

  /**
   * c := alpha · op(a) · op(b) + beta · c for each matrix of a batch.
   *
   * @param transposeA whether a is stored as [batch, k, m], else [batch, m, k]
   * @param transposeB whether b is stored as [batch, n, k], else [batch, k, n]
   * @param beta where it is 0, c is not read
   * @param c [batch, m, n]
   */
  public static void bmm(
      boolean transposeA,
      boolean transposeB,
      double alpha,
      Tensor a,
      Tensor b,
      double beta,
      Tensor c) {
    Check.that(a.shape().rank() == 3, "bmm", "a's shape", a.shape(), "a batch of matrices");
    product("bmm", transposeA, transposeB, alpha, a, b, beta, c);
  }

  private static void product(
      String op,
      boolean transposeA,
      boolean transposeB,
      double alpha,
      Tensor a,
      Tensor b,
      double beta,
      Tensor c) {
    Check.floating(op, "a", a);
    Check.dtype(op, "b", b, a.dtype());
    Shape shapeA = a.shape();
    Shape shapeB = b.shape();
    if (shapeB.rank() != shapeA.rank()) {
      throw Check.wrong(op, "b's shape", shapeB, "as many dimensions as a's " + shapeA);
    }
    long batch = shapeA.rank() == 3 ? shapeA.dim(0) : 1;
    long m = shapeA.dim(transposeA ? -1 : -2);
    long k = shapeA.dim(transposeA ? -2 : -1);
    long n = shapeB.dim(transposeB ? -2 : -1);
    boolean fits = shapeB.dim(transposeB ? -1 : -2) == k && shapeB.elements() == batch * k * n;
    if (!fits) {
      throw Check.wrong(op, "b's shape", shapeB, "one that a's " + shapeA + " goes with");
    }
    Check.dtype(op, "c", c, a.dtype());
    boolean sized = c.shape().rank() == shapeA.rank() && c.elements() == batch * m * n;
    if (!sized || c.dim(-2) != m || c.dim(-1) != n) {
      throw Check.wrong(op, "c's shape", c.shape(), m + " x " + n);
    }
    Check.writable(op, "c", c);
    Check.apart(op, "c", c, "a", a);
    Check.apart(op, "c", c, "b", b);
    Hold.retain(a, b, c, null);
    try {
      if (c.elements() == 0) {
        return;
      }
      if (k == 0) {
        scale(beta, c);
        return;
      }
      GemmKernels kernels = gemm(a.dtype(), m, n, k);
      if (batch == 1) { // a call less on the way of small products
        long lda = transposeA ? m : k;
        long ldb = transposeB ? k : n;
        kernels.gemm(transposeA, transposeB, m, n, k, alpha, a, 0, lda, b, 0, ldb, beta, c, 0, n);
      } else {
        kernels.batch(transposeA, transposeB, batch, m, n, k, alpha, a, b, beta, c);
      }
    } finally {
      Hold.release(a, b, c, null);
    }
  }

  private static void scale(double beta, Tensor c) {
    if (beta == 0) {
      c.fill(0);
    } else {
      elementwise(c).axpby(0, c, beta, c);
    }
  }

  /**
   * Eigenvalues and eigenvectors of a symmetric matrix: a = vectorsᵀ · diag(values) · vectors.
   *
   * <p>Each vector has length 1 and a positive component of largest size.
   *
   * @param a [n, n], finite; only its upper triangle is read
   * @param values [n], receives the eigenvalues in ascending order
   * @param vectors [n, n], receives the eigenvectors, one a row (PyTorch: one a column); may be the
   *     very memory of a
   * @throws ArithmeticException if the iteration does not converge; values and vectors are
   *     undefined then
   */
  public static void eigh(Tensor a, Tensor values, Tensor vectors) {
    SymmetricEigen.decompose(a, values, vectors);
  }

  /**
   * The linear layer: y = x · weightᵀ + bias for each row of x.
   *
   * @param x [..., in]
   * @param weight [out, in]
   * @param bias [out], null for none
   * @param y [..., out]
   */
  public static void linear(Tensor x, Tensor weight, @Nullable Tensor bias, Tensor y) {
    String op = "linear";
    long rows = rows(op, x, weight, "y", y);
    long in = weight.dim(1);
    long out = weight.dim(0);
    Check.elements(op, "bias", bias, x.dtype(), out);
    Check.writable(op, "y", y);
    Check.apart(op, "y", y, "x", x);
    Check.apart(op, "y", y, "weight", weight);
    Check.apart(op, "y", y, "bias", bias);
    Hold.retain(x, weight, bias, y);
    try {
      if (y.elements() == 0) {
        return;
      }
      if (in == 0) {
        y.fill(0);
      } else {
        gemm(x.dtype(), rows, out, in)
            .gemm(false, true, rows, out, in, 1, x, 0, in, weight, 0, in, 0, y, 0, out);
      }
      if (bias != null) {
        BroadcastPlan plan = Objects.requireNonNull(BIASES.get(op, y.shape(), weight.shape()));
        elementwise(y).binary(Binary.ADD, plan, y, bias, y);
      }
    } finally {
      Hold.release(x, weight, bias, y);
    }
  }

  /**
   * Gradients of {@link #linear}: dx = dy · weight, dweight = dyᵀ · x, dbias = Σ of dy's rows.
   *
   * @param dy upstream gradient, [..., out]
   * @param dx receives the gradient of x, null where it is not wanted
   * @param dweight receives the gradient of the weight, null where it is not wanted
   * @param dbias receives the gradient of the bias, null where it is not wanted
   */
  public static void linearBackward(
      Tensor x,
      Tensor weight,
      Tensor dy,
      @Nullable Tensor dx,
      @Nullable Tensor dweight,
      @Nullable Tensor dbias) {
    String op = "linear backward";
    long rows = rows(op, x, weight, "dy", dy);
    Check.like(op, "dx", dx, x.dtype(), x.shape());
    Check.like(op, "dweight", dweight, x.dtype(), weight.shape());
    Check.elements(op, "dbias", dbias, x.dtype(), weight.dim(0));
    gradientApart(op, "dx", dx, x, weight, dy);
    gradientApart(op, "dweight", dweight, x, weight, dy);
    gradientApart(op, "dbias", dbias, x, weight, dy);
    Check.apart(op, "dx", dx, "dweight", dweight);
    Check.apart(op, "dx", dx, "dbias", dbias);
    Check.apart(op, "dweight", dweight, "dbias", dbias);
    Hold.retain(x, weight, dy, null);
    try {
      Hold.retain(dx, dweight, dbias, null);
      try {
        linearGradients(rows, x, weight, dy, dx, dweight, dbias);
      } finally {
        Hold.release(dx, dweight, dbias, null);
      }
    } finally {
      Hold.release(x, weight, dy, null);
    }
  }

  private static void linearGradients(
      long rows,
      Tensor x,
      Tensor weight,
      Tensor dy,
      @Nullable Tensor dx,
      @Nullable Tensor dweight,
      @Nullable Tensor dbias) {
    long in = weight.dim(1);
    long out = weight.dim(0);
    if (dx != null && dx.elements() > 0) {
      matrix(false, rows, in, out, dy, out, weight, in, dx);
    }
    if (dweight != null && dweight.elements() > 0) {
      matrix(true, out, in, rows, dy, out, x, in, dweight);
    }
    if (dbias != null && out > 0) {
      if (rows == 0) {
        dbias.fill(0);
      } else {
        ReducePlan plan =
            Objects.requireNonNull(
                BIAS_GRADIENTS.get("linear backward", dy.shape(), weight.shape()));
        Backends.select(Operation.REDUCTION, dy.dtype(), dy.elements())
            .reductions()
            .reduce(Reduction.SUM, plan, dy, dbias);
      }
    }
  }

  /** c = op(a) · b, zeros where there is nothing to sum up. */
  private static void matrix(
      boolean transposeA,
      long m,
      long n,
      long k,
      Tensor a,
      long lda,
      Tensor b,
      long ldb,
      Tensor c) {
    if (k == 0) {
      c.fill(0);
    } else {
      gemm(a.dtype(), m, n, k)
          .gemm(transposeA, false, m, n, k, 1, a, 0, lda, b, 0, ldb, 0, c, 0, n);
    }
  }

  /** Checks the shapes of a linear layer and returns its number of rows. */
  private static long rows(String op, Tensor x, Tensor weight, String name, Tensor y) {
    Check.floating(op, "x", x);
    Check.dtype(op, "weight", weight, x.dtype());
    Shape shape = x.shape();
    Check.that(shape.rank() > 0, op, "x's shape", shape, "[..., in]");
    if (weight.shape().rank() != 2 || weight.dim(1) != shape.dim(-1)) {
      throw Check.wrong(op, "weight's shape", weight.shape(), "[out, " + shape.dim(-1) + "]");
    }
    Check.dtype(op, name, y, x.dtype());
    if (!resultFits(shape, weight.dim(0), y.shape())) {
      throw Check.wrong(op, name + "'s shape", y.shape(), shape.with(-1, weight.dim(0)));
    }
    return shape.product(0, shape.rank() - 1);
  }

  /** Whether y is x but for the last dimension, which is {@code out}. */
  private static boolean resultFits(Shape x, long out, Shape y) {
    boolean fits = y.rank() == x.rank() && y.dim(-1) == out;
    for (int i = 0; fits && i < x.rank() - 1; i++) {
      fits = y.dim(i) == x.dim(i);
    }
    return fits;
  }

  private static void gradientApart(
      String op, String name, @Nullable Tensor gradient, Tensor x, Tensor weight, Tensor dy) {
    Check.writable(op, name, gradient);
    Check.apart(op, name, gradient, "x", x);
    Check.apart(op, name, gradient, "weight", weight);
    Check.apart(op, name, gradient, "dy", dy);
  }

  private static GemmKernels gemm(DType dtype, long m, long n, long k) {
    long largest = Math.max(m * n, Math.max(m * k, n * k));
    long shortest = Math.min(m, Math.min(n, k));
    return Backends.select(Operation.GEMM, dtype, largest, shortest).gemm();
  }

  private static ElementwiseKernels elementwise(Tensor y) {
    return Backends.select(Operation.ELEMENTWISE, y.dtype(), y.elements()).elementwise();
  }
}
