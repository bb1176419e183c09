package dev.panorm.backend;

import dev.panorm.Layout;

/**
 * A two-dimensional convolution (a cross-correlation, as everybody calls it): with m the group of
 * output channel o and c a channel of that group,
 *
 * <pre>
 *   y[n, o, p, q] = bias[o]
 *       + Σ_c Σ_i Σ_j x[n, c, p · strideH − padH + i · dilationH, q · strideW − padW + j · dilationW]
 *                     · weight[o, c − first channel of m, i, j]
 * </pre>
 *
 * with x = 0 outside. x is [N, C, H, W] or [N, H, W, C] as the layout says, y [N, O, P, Q] or [N,
 * P, Q, O]; the weight is always [O, C / groups, kernelH, kernelW].
 *
 * @param batch N
 * @param channels C
 * @param height H
 * @param width W
 * @param outChannels O
 * @param window where the windows stand
 * @param groups number of groups of channels, each convolved by itself
 * @param layout where the channels stand
 */
public record Conv2dPlan(
    long batch,
    long channels,
    long height,
    long width,
    long outChannels,
    Window window,
    long groups,
    Layout layout) {

  /** Returns the input channels of a group. */
  public long groupChannels() {
    return channels / groups;
  }

  /** Returns the output channels of a group. */
  public long groupOutChannels() {
    return outChannels / groups;
  }

  /** Returns the number of output positions of a sample. */
  public long outPositions() {
    return window.outHeight() * window.outWidth();
  }

  /** Returns how many products make one output element. */
  public long depth() {
    return groupChannels() * window.kernelH() * window.kernelW();
  }

  /** Returns where sample n, channel c, row h, column w of x stands. */
  public long input(long n, long c, long h, long w) {
    return layout == Layout.NCHW
        ? ((n * channels + c) * height + h) * width + w
        : ((n * height + h) * width + w) * channels + c;
  }

  /** Returns where sample n, channel o, row p, column q of y stands. */
  public long output(long n, long o, long p, long q) {
    long rows = window.outHeight();
    long columns = window.outWidth();
    return layout == Layout.NCHW
        ? ((n * outChannels + o) * rows + p) * columns + q
        : ((n * rows + p) * columns + q) * outChannels + o;
  }
}
