package dev.panorm.backend;

import dev.panorm.DType;
import dev.panorm.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What forward saves for backward: the statistics of each set of normalized elements, in the type
 * of the data.
 *
 * <p>A float32 mean is not enough where |mean| is 10⁶ deviations: {@code meanLow} holds what its
 * rounding lost, and kernels centre with (x − mean) − meanLow.
 *
 * @param mean the mean, rounded to the data's type; null for RMSNorm
 * @param meanLow mean of the exact statistics minus {@code mean}; null for RMSNorm, and for float64
 *     data, which needs none
 * @param rstd what centred values are multiplied with, {@link dev.panorm.EpsMode#rstd}
 */
public record NormStats(@Nullable Tensor mean, @Nullable Tensor meanLow, Tensor rstd) {

  /** Returns how many statistics there are. */
  public long count() {
    return rstd.elements();
  }

  /** Returns the type of the data that they belong to. */
  public DType dtype() {
    return rstd.dtype();
  }
}
