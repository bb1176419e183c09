package dev.panorm.internal.backend.opencl;

import dev.panorm.DType;
import dev.panorm.Tensor;
import java.util.Objects;

/**
 * What to multiply: C := alpha · op(A) · op(B) + beta · C for each matrix of a batch.
 *
 * @param transposeA whether A is stored as k x m
 * @param transposeB whether B is stored as n x k
 * @param batch number of matrices
 * @param m rows of C
 * @param n columns of C
 * @param k columns of op(A)
 * @param alpha factor of the product
 * @param beta factor of the old C, which is not read where it is 0
 * @param a the matrices A
 * @param b the matrices B
 * @param c the matrices C
 */
record ClProduct(
    boolean transposeA,
    boolean transposeB,
    long batch,
    long m,
    long n,
    long k,
    double alpha,
    double beta,
    Matrices a,
    Matrices b,
    Matrices c) {

  /**
   * Where the matrices of an operand lie: from an element on, each row and matrix so much later.
   */
  record Matrices(Tensor tensor, long offset, long pitch, long stride) {}

  /** A way to multiply on the device. */
  interface Kernels {
    /** Enqueues a product as a part of a call. */
    void multiply(ClCall call, ClProduct product);
  }

  DType dtype() {
    return c.tensor().dtype();
  }

  /** Returns C for writing: what the product leaves of it has to be there first. */
  ClOperand result(ClCall call) {
    boolean overwritten = beta == 0 && batch * m * n == c.tensor().elements();
    return Objects.requireNonNull(overwritten ? call.write(c.tensor()) : call.update(c.tensor()));
  }
}
