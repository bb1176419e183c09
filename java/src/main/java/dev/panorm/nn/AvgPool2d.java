package dev.panorm.nn;

import dev.panorm.autograd.Convolve;
import dev.panorm.autograd.Variable;
import dev.panorm.ops.Pool2dSpec;

/** The average of each window of an image. */
public final class AvgPool2d extends Module {

  private final Pool2dSpec spec;

  /** Creates the module with square windows side by side. */
  public AvgPool2d(long kernelSize) {
    this(Pool2dSpec.of(kernelSize, kernelSize));
  }

  /** Creates the module. */
  public AvgPool2d(Pool2dSpec spec) {
    this.spec = spec;
  }

  @Override
  public Variable forward(Variable x) {
    return Convolve.avgPool2d(spec, x);
  }
}
