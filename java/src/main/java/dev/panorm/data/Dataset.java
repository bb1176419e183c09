package dev.panorm.data;

import dev.panorm.DType;
import dev.panorm.Tensor;

/**
 * Samples in memory with the class of each.
 *
 * @param inputs samples along the first dimension, of a floating-point type
 * @param targets int64, one class index per sample
 * @param classes number of classes; every target is from 0 to classes − 1
 */
public record Dataset(Tensor inputs, Tensor targets, int classes) {

  /**
   * Creates a data set on tensors that the caller owns.
   *
   * @throws IllegalArgumentException if the numbers of samples differ, a type is another, or a
   *     target is out of range
   */
  public Dataset {
    require(inputs.dtype().isFloating(), "inputs has dtype " + inputs.dtype(), "floating point");
    require(inputs.shape().rank() >= 1, "inputs is a scalar", "samples along dimension 0");
    require(targets.dtype() == DType.INT64, "targets has dtype " + targets.dtype(), "int64");
    require(
        targets.shape().rank() == 1 && targets.elements() == inputs.dim(0),
        "targets has shape " + targets.shape(),
        "[" + inputs.dim(0) + "], one per sample");
    for (long target : targets.toLongArray()) {
      require(
          target >= 0 && target < classes,
          "targets holds class " + target,
          "0 to " + (classes - 1));
    }
  }

  private static void require(boolean condition, String actual, String expected) {
    if (!condition) {
      throw new IllegalArgumentException("dataset: " + actual + ", expected " + expected);
    }
  }

  /** Returns the number of samples. */
  public long size() {
    return inputs.dim(0);
  }

  /** Returns the samples {@code from} (inclusive) to {@code to} (exclusive), without a copy. */
  public Dataset slice(long from, long to) {
    return new Dataset(inputs.slice(from, to), targets.slice(from, to), classes);
  }
}
