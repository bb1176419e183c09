package dev.panorm.backend;

/**
 * Cross entropy between softmax over the classes of {@code [outer, classes, inner]} and a target
 * distribution t, whose elements are
 *
 * <pre>
 *   class indices:  t_c = weight_c · ((1 − smoothing) · [c = target] + smoothing / classes)
 *                   t_c = 0 where target = ignoreIndex
 *   probabilities:  t_c = weight_c · ((1 − smoothing) · target_c + smoothing / classes)
 * </pre>
 *
 * With weights, the first term of class indices takes the weight of the target and the second that
 * of each class, as PyTorch has it.
 *
 * @param outer number of samples
 * @param classes number of classes
 * @param inner number of positions of a sample
 * @param probabilities whether the target is a distribution and not an index
 * @param smoothing share of the target that is spread over all classes, 0 to 1
 * @param ignoreIndex index that marks positions without a target
 */
public record CrossEntropyPlan(
    long outer,
    long classes,
    long inner,
    boolean probabilities,
    double smoothing,
    long ignoreIndex) {

  /** Returns the number of positions, each of which has a loss. */
  public long positions() {
    return outer * inner;
  }

  /** Returns where the first class of a position stands; the classes are {@code inner} apart. */
  public long first(long position) {
    return position / inner * classes * inner + position % inner;
  }
}
