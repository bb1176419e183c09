package dev.panorm.nn;

import dev.panorm.autograd.Convolve;
import dev.panorm.autograd.Variable;
import dev.panorm.ops.Pool2dSpec;

/** The largest element of each window of an image. */
public final class MaxPool2d extends Module {

  private final Pool2dSpec spec;

  /** Creates the module with square windows side by side. */
  public MaxPool2d(long kernelSize) {
    this(Pool2dSpec.of(kernelSize, kernelSize));
  }

  /** Creates the module. */
  public MaxPool2d(Pool2dSpec spec) {
    this.spec = spec;
  }

  @Override
  public Variable forward(Variable x) {
    return Convolve.maxPool2d(spec, x);
  }
}
