package dev.panorm.backend;

import dev.panorm.Tensor;

/**
 * Decompositions into eigenvalues and eigenvectors. Arguments have been checked: sizes and types
 * agree, values are finite, storages are retained.
 */
public interface EigenKernels {

  /**
   * Replaces a symmetric matrix by its eigenvectors: a = Vᵀ · diag(values) · V, where the rows of V
   * are the eigenvectors, orthonormal.
   *
   * @param a [n, n] with n from 1 on, of which the upper triangle is read; receives V
   * @param values [n], receives the eigenvalues in ascending order
   * @throws ArithmeticException if the iteration does not converge
   */
  void symmetric(Tensor a, Tensor values);
}
