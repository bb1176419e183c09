package dev.panorm.nn;

import dev.panorm.Shape;
import dev.panorm.autograd.Shapes;
import dev.panorm.autograd.Variable;
import dev.panorm.internal.check.Check;

/**
 * BatchNorm of each activation by itself, positions too: statistics over the batch alone, scale and
 * shift per element of a sample.
 */
public final class BatchNormPerActivation extends Module {

  private final Shape sample;
  private final BatchNorm1d norm;

  /**
   * Creates the module with PyTorch's defaults.
   *
   * @param sampleShape sizes of a sample, such as C, H, W
   */
  public BatchNormPerActivation(long... sampleShape) {
    this(Shape.of(sampleShape), new BatchNorm1d(Shape.of(sampleShape).elements()));
  }

  /**
   * Creates the module around a norm with options of its own, which it owns from now on; names and
   * state are the norm's.
   *
   * @param sample shape of a sample
   * @param norm as many features as a sample has elements
   */
  public BatchNormPerActivation(Shape sample, BatchNorm1d norm) {
    Check.that(
        sample.elements() == norm.numFeatures(),
        "batchNormPerActivation",
        "numFeatures",
        norm.numFeatures(),
        "the elements of " + sample);
    this.sample = sample;
    this.norm = register("norm", norm);
  }

  @Override
  public Variable forward(Variable x) {
    Shape shape = x.shape();
    boolean fits = shape.rank() == sample.rank() + 1 && shape.equals(batch(shape.dim(0)));
    Check.that(fits, "batchNormPerActivation", "x's shape", shape, "a batch of " + sample);
    Variable rows = Shapes.reshape(x, shape.dim(0), sample.elements());
    return Shapes.reshape(norm.forward(rows), shape);
  }

  private Shape batch(long samples) {
    long[] dims = new long[sample.rank() + 1];
    dims[0] = samples;
    System.arraycopy(sample.dims(), 0, dims, 1, sample.rank());
    return Shape.of(dims);
  }

  /** Returns the norm of the flattened samples. */
  public BatchNorm1d norm() {
    return norm;
  }
}
