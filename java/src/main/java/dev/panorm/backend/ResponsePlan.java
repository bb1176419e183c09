package dev.panorm.backend;

/**
 * Local response normalization over a view [outer, channels, inner]:
 *
 * <pre>
 *   s_c = k + alpha · Σ x_j²,  j from c − before to c + after      y_c = x_c · s_c^−beta
 * </pre>
 *
 * What lies beyond the first and the last channel counts as zeros. Channels go last where inner is
 * 1.
 *
 * @param before neighbours below, less than channels
 * @param after neighbours above, less than channels
 * @param alpha what the sum of squares is multiplied with, the number of neighbours included
 */
public record ResponsePlan(
    long outer,
    long channels,
    long inner,
    long before,
    long after,
    double alpha,
    double beta,
    double k) {

  /** Returns the number of elements. */
  public long elements() {
    return outer * channels * inner;
  }
}
