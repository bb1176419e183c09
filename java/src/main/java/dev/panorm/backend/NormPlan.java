package dev.panorm.backend;

import dev.panorm.Activation;
import dev.panorm.EpsMode;
import dev.panorm.Layout;

/**
 * What a norm does to a tensor, as kernels see it. Every norm of the library is one of two families
 * on a view of three dimensions, {@code [outer, channels, inner]} for {@link Layout#NCHW} and
 * {@code [outer, inner, channels]} for {@link Layout#NHWC}:
 *
 * <table>
 * <caption>Which norm is which plan</caption>
 * <tr><th>norm</th><th>family</th><th>outer</th><th>channels</th><th>inner</th><th>groups</th></tr>
 * <tr><td>LayerNorm, RMSNorm</td><td>slab</td><td>rows</td><td>normalized elements</td><td>1</td><td>1</td></tr>
 * <tr><td>GroupNorm</td><td>slab</td><td>N</td><td>C</td><td>positions</td><td>G</td></tr>
 * <tr><td>InstanceNorm</td><td>slab</td><td>N</td><td>C</td><td>positions</td><td>C</td></tr>
 * <tr><td>BatchNorm</td><td>channel</td><td>N</td><td>C</td><td>positions</td><td>1</td></tr>
 * <tr><td>BatchNorm per activation</td><td>channel</td><td>N</td><td>C x positions</td><td>1</td><td>1</td></tr>
 * </table>
 *
 * <p>Slab statistics are over the {@code channels / groups x inner} elements of one group of one
 * sample, numbered {@code sample * groups + group}. Channel statistics are over the {@code outer x
 * inner} elements of one channel. Weight and bias always have one element per channel.
 *
 * @param family what statistics are taken over
 * @param centred whether the mean is subtracted; false is RMSNorm, whose rstd comes from the mean
 *     square
 * @param outer number of samples
 * @param channels number of channels
 * @param inner number of positions of a channel
 * @param groups number of channel groups, a divisor of {@code channels}
 * @param layout where the channels stand
 * @param eps added to the variance or the deviation, 0 or more
 * @param epsMode where eps stands
 * @param residual what a second input is added to
 * @param activation what is applied to the result
 */
public record NormPlan(
    Family family,
    boolean centred,
    long outer,
    long channels,
    long inner,
    long groups,
    Layout layout,
    double eps,
    EpsMode epsMode,
    Residual residual,
    Activation activation) {

  /** What statistics are taken over. */
  public enum Family {
    /** The elements of one group of channels of one sample. */
    SLAB,
    /** The elements of one channel in all samples. */
    CHANNEL
  }

  /** Where a second input of the data's shape is added. */
  public enum Residual {
    /** There is none. */
    NONE,
    /** y = activation(norm(x + residual)); the sum is a second output. */
    BEFORE_NORM,
    /** y = activation(norm(x) + residual). */
    AFTER_NORM
  }

  /** Returns the number of elements of the data. */
  public long elements() {
    return outer * channels * inner;
  }

  /** Returns how many statistics there are. */
  public long statistics() {
    return family == Family.SLAB ? outer * groups : channels;
  }

  /** Returns how many elements each statistic is over. */
  public long perStatistic() {
    return family == Family.SLAB ? channels / groups * inner : outer * inner;
  }

  /**
   * Returns whether each slab is one contiguous run: NCHW, or NHWC with all channels in one group.
   */
  public boolean contiguousSlabs() {
    return layout == Layout.NCHW || groups == 1;
  }

  /** Returns rstd of a variance (centred) or of a mean square. */
  public double rstd(double variance) {
    return epsMode.rstd(variance, eps);
  }

  /**
   * Returns k of the gradient dx = rstd · (g − mean(g) − k · x̂ · mean(g · x̂)) with g = dy ·
   * weight.
   *
   * <p>Inside the root, d rstd / d var = −rstd³ / 2 gives k = 1. With eps outside, rstd = 1 / (σ +
   * eps) gives k = (σ + eps) / σ, and since x̂ is 0 wherever σ is, k = 0 there.
   */
  public double projection(double rstd) {
    if (epsMode != EpsMode.OUTSIDE) {
      return 1;
    }
    double sigma = 1 / rstd - eps;
    return sigma > 0 ? 1 / (rstd * sigma) : 0;
  }
}
