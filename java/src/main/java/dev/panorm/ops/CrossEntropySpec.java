package dev.panorm.ops;

import dev.panorm.internal.check.Check;

/**
 * Options of the cross entropy.
 *
 * @param reduction what becomes of the losses of single positions
 * @param labelSmoothing share of the target that is spread evenly over all classes, 0 to 1
 * @param ignoreIndex class index that marks positions without a target; it may be outside the
 *     classes
 */
public record CrossEntropySpec(LossReduction reduction, double labelSmoothing, long ignoreIndex) {

  /** PyTorch's defaults: mean, no smoothing, ignore index −100. */
  public static final CrossEntropySpec DEFAULT = new CrossEntropySpec(LossReduction.MEAN, 0, -100);

  /** Checks the smoothing. */
  public CrossEntropySpec {
    Check.that(
        labelSmoothing >= 0 && labelSmoothing <= 1,
        "crossEntropy",
        "labelSmoothing",
        labelSmoothing,
        "0 to 1");
  }

  /** Returns these options with another reduction. */
  public CrossEntropySpec withReduction(LossReduction other) {
    return new CrossEntropySpec(other, labelSmoothing, ignoreIndex);
  }

  /** Returns these options with another smoothing. */
  public CrossEntropySpec withLabelSmoothing(double other) {
    return new CrossEntropySpec(reduction, other, ignoreIndex);
  }

  /** Returns these options with another ignore index. */
  public CrossEntropySpec withIgnoreIndex(long other) {
    return new CrossEntropySpec(reduction, labelSmoothing, other);
  }
}
