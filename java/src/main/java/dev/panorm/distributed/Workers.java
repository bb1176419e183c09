package dev.panorm.distributed;

import java.util.List;

/**
 * A group of workers that do the same work on different data, as one of them sees it. All of them
 * must exchange the same number of times, in the same order.
 */
public interface Workers {

  /** Returns the number of this worker, from 0. */
  int rank();

  /** Returns how many workers there are, this one included. */
  int count();

  /**
   * Gives numbers to all workers and returns what each of them gave, in the order of their ranks;
   * so all that is computed from them is the same bits on every worker, whoever came first.
   *
   * @param mine as many as the other workers give
   * @throws IllegalArgumentException if the workers give different numbers of numbers
   * @throws IllegalStateException if a worker has ended and can give none
   */
  List<double[]> allGather(double... mine);

  /** Gives numbers to all workers and returns the sums, added up in the order of the ranks. */
  default double[] allSum(double... mine) {
    double[] sums = new double[mine.length];
    for (double[] values : allGather(mine)) {
      for (int i = 0; i < sums.length; i++) {
        sums[i] += values[i];
      }
    }
    return sums;
  }
}
