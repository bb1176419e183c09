package dev.panorm.data;

import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;
import dev.panorm.internal.parallel.WorkerPool;
import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;

/**
 * Statistics of [samples, features...] in float64, some neighbouring features sharing each.
 *
 * <p>Blocks of samples are swept in parallel and their results merged in order, so that the bits do
 * not depend on the number of threads. The caller has checked x and holds it.
 */
final class Statistics {

  private static final int SMALLEST_BLOCK = 1024;
  private static final int MOST_BLOCKS = 64;

  private final Tensor x;
  private final int features;
  private final int count;
  private final int sharing;

  /**
   * @param count number of statistics, which divides the number of features
   */
  Statistics(Tensor x, int count) {
    this.x = x;
    this.features = (int) (x.elements() / x.dim(0));
    this.count = count;
    this.sharing = features / count;
  }

  /** What one value adds to its statistic. */
  @FunctionalInterface
  private interface Step {
    double next(double total, double value, int statistic);
  }

  double[] minimum() {
    return sweep(Double.POSITIVE_INFINITY, (low, v, s) -> Math.min(low, v), Math::min);
  }

  double[] maximum() {
    return sweep(Double.NEGATIVE_INFINITY, (high, v, s) -> Math.max(high, v), Math::max);
  }

  /**
   * x₀ + Σ (x − x₀) / m with x₀ the first value: exact for a constant feature, whose variance is
   * then exactly 0.
   */
  double[] mean() {
    double[] first = new double[features];
    Elements.load(x, 0, first);
    double[] mean = sweep(0, (sum, v, s) -> sum + (v - first[s * sharing]), Double::sum);
    for (int s = 0; s < count; s++) {
      mean[s] = first[s * sharing] + mean[s] / valuesEach();
    }
    return mean;
  }

  /** Σ (x − mean)² / m: the second pass. */
  double[] variance(double[] mean) {
    double[] variance = sweep(0, (sum, v, s) -> sum + (v - mean[s]) * (v - mean[s]), Double::sum);
    for (int s = 0; s < count; s++) {
      variance[s] /= valuesEach();
    }
    return variance;
  }

  private double valuesEach() {
    return (double) x.dim(0) * sharing;
  }

  private double[] sweep(double start, Step step, DoubleBinaryOperator merge) {
    long samples = Math.max(SMALLEST_BLOCK, Math.ceilDiv(x.dim(0), MOST_BLOCKS));
    int blocks = (int) Math.ceilDiv(x.dim(0), samples);
    double[][] partial = new double[blocks][];
    WorkerPool.shared()
        .run(blocks, block -> partial[block] = sweep(block * samples, samples, start, step));
    double[] total = partial[0];
    for (int block = 1; block < blocks; block++) {
      for (int s = 0; s < count; s++) {
        total[s] = merge.applyAsDouble(total[s], partial[block][s]);
      }
    }
    return total;
  }

  private double[] sweep(long from, long samples, double start, Step step) {
    double[] total = new double[count];
    Arrays.fill(total, start);
    double[] sample = new double[features];
    long to = Math.min(x.dim(0), from + samples);
    for (long n = from; n < to; n++) {
      Elements.load(x, n * features, sample);
      for (int s = 0; s < count; s++) {
        for (int i = s * sharing; i < (s + 1) * sharing; i++) {
          total[s] = step.next(total[s], sample[i], s);
        }
      }
    }
    return total;
  }

  /** Throws unless every statistic is finite, which it is not where a value of x is not. */
  static void checkFinite(String operation, String name, double[] statistic) {
    for (int s = 0; s < statistic.length; s++) {
      Check.that(
          Double.isFinite(statistic[s]),
          operation,
          "x's " + name + " " + s,
          statistic[s],
          "finite values");
    }
  }

  /** Sets to 1 what cannot divide: the spread of a constant feature. */
  static void replaceZeros(double[] spread) {
    for (int s = 0; s < spread.length; s++) {
      spread[s] = spread[s] == 0 ? 1 : spread[s];
    }
  }
}
