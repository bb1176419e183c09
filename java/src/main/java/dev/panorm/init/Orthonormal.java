package dev.panorm.init;

import dev.panorm.RandomStream;

/**
 * Orthonormal vectors, uniformly distributed: normal numbers, made orthogonal by the modified
 * Gram-Schmidt process, each vector twice, which keeps them orthogonal to rounding.
 */
final class Orthonormal {

  private Orthonormal() {}

  /** Returns {@code count} vectors of {@code length} numbers, count at most length. */
  static double[][] draw(int count, int length, RandomStream stream) {
    double[][] vectors = new double[count][length];
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < length; j++) {
        vectors[i][j] = stream.normal((long) i * length + j);
      }
      removeEarlier(vectors, i);
      removeEarlier(vectors, i);
      scale(vectors[i], 1 / Math.sqrt(dot(vectors[i], vectors[i])));
    }
    return vectors;
  }

  private static void removeEarlier(double[][] vectors, int number) {
    for (int i = 0; i < number; i++) {
      double along = dot(vectors[i], vectors[number]);
      for (int j = 0; j < vectors[number].length; j++) {
        vectors[number][j] -= along * vectors[i][j];
      }
    }
  }

  private static void scale(double[] vector, double factor) {
    for (int j = 0; j < vector.length; j++) {
      vector[j] *= factor;
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      sum += a[j] * b[j];
    }
    return sum;
  }
}
