package dev.panorm.bench.task;

/** A layer of a network, as every library has it. */
public sealed interface Layer {

  /** y = x · weightᵀ + bias. */
  record Linear(long in, long out) implements Layer {}

  /** A 3 x 3 convolution that keeps the size of its images, with a bias. */
  record Convolution(long in, long out) implements Layer {}

  /** Batch norm with weight, bias and running statistics, over images or over rows. */
  record Batch(long channels, boolean images) implements Layer {}

  /** Group norm with weight and bias. */
  record Group(long groups, long channels) implements Layer {}

  /** max(x, 0). */
  record Relu() implements Layer {}

  /** The maxima of 2 x 2 positions. */
  record Pool() implements Layer {}

  /** One row for each sample. */
  record Flat() implements Layer {}
}
