package dev.panorm.internal.backend.reference;

import dev.panorm.Tensor;
import dev.panorm.backend.EigenKernels;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * {@link EigenKernels} by Jacobi's method: rotations of two axes at a time, each making one
 * off-diagonal element zero, pair after pair in sweeps.
 *
 * <p>Source: Golub and Van Loan, "Matrix Computations", 4th edition, section 8.5, algorithm 8.5.3.
 * Takes some 10·n³ operations a sweep and about ten sweeps: for machines without LAPACK.
 */
final class ReferenceEigen implements EigenKernels {

  private static final int MOST_SWEEPS = 60;

  @Override
  public void symmetric(Tensor a, Tensor values) {
    int n = Math.toIntExact(values.elements());
    double[][] matrix = fullMatrix(Elements.read(a), n);
    double[][] vectors = new double[n][n];
    for (int i = 0; i < n; i++) {
      vectors[i][i] = 1;
    }
    diagonalize(matrix, vectors);
    int[] order =
        IntStream.range(0, n)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> matrix[i][i]))
            .mapToInt(i -> i)
            .toArray();
    Elements sortedVectors = Elements.write(a);
    Elements sortedValues = Elements.write(values);
    for (int i = 0; i < n; i++) {
      sortedValues.set(i, matrix[order[i]][order[i]]);
      for (int j = 0; j < n; j++) {
        sortedVectors.set((long) i * n + j, vectors[order[i]][j]);
      }
    }
  }

  private static double[][] fullMatrix(Elements upper, int n) {
    double[][] matrix = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = i; j < n; j++) {
        matrix[i][j] = upper.get((long) i * n + j);
        matrix[j][i] = matrix[i][j];
      }
    }
    return matrix;
  }

  private static void diagonalize(double[][] a, double[][] v) {
    for (int sweep = 0; sweep < MOST_SWEEPS; sweep++) {
      boolean rotated = false;
      for (int p = 0; p < a.length; p++) {
        for (int q = p + 1; q < a.length; q++) {
          if (matters(a[p][q], a[p][p], a[q][q])) {
            rotate(a, v, p, q);
            rotated = true;
          }
        }
      }
      if (!rotated) {
        return;
      }
    }
    throw new ArithmeticException("eigh: no convergence in " + MOST_SWEEPS + " sweeps");
  }

  /** Whether an off-diagonal element is more than the rounding of the diagonal beside it. */
  private static boolean matters(double element, double first, double second) {
    double size = Math.sqrt(Math.abs(first)) * Math.sqrt(Math.abs(second));
    return Math.abs(element) > Math.ulp(Math.max(size, Double.MIN_NORMAL));
  }

  /** Turns axes p and q so that a[p][q] becomes 0. */
  private static void rotate(double[][] a, double[][] v, int p, int q) {
    double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
    double tan = Math.copySign(1, theta) / (Math.abs(theta) + Math.hypot(1, theta));
    double cos = 1 / Math.hypot(1, tan);
    double sin = tan * cos;
    for (double[] row : a) {
      double atP = row[p];
      row[p] = cos * atP - sin * row[q];
      row[q] = sin * atP + cos * row[q];
    }
    turn(a[p], a[q], cos, sin);
    turn(v[p], v[q], cos, sin);
    a[p][q] = 0;
    a[q][p] = 0;
  }

  private static void turn(double[] p, double[] q, double cos, double sin) {
    for (int k = 0; k < p.length; k++) {
      double atP = p[k];
      p[k] = cos * atP - sin * q[k];
      q[k] = sin * atP + cos * q[k];
    }
  }
}
