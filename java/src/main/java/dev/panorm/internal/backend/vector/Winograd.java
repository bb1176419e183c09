package dev.panorm.internal.backend.vector;

import dev.panorm.backend.Conv2dPlan;
import dev.panorm.backend.Window;

/**
 * Convolutions with 3x3 kernels by Winograd's minimal filtering F(2x2, 3x3): 2x2 results take 16
 * products for each channel instead of 36. With g a kernel, d the 4x4 elements of the source below
 * it and
 *
 * <pre>
 *        1  0  0          1  0 −1  0
 *   G =  ½  ½  ½    Bᵀ =  0  1  1  0    Aᵀ =  1  1  1  0
 *        ½ −½  ½          0 −1  1  0          0  1 −1 −1
 *        0  0  1          0  1  0 −1
 * </pre>
 *
 * the results are y = Aᵀ (Σ_c (G g Gᵀ) ∘ (Bᵀ d B)) A, and the gradient of g, the same formula read
 * backward, is dg = Gᵀ (Σ_tiles (A dy Aᵀ) ∘ (Bᵀ d B)) G.
 *
 * <p>Errors: with u = 2⁻²⁴ a direct sum of 9 C products in chains of n is off by at most about n ·
 * u · Σ|g||d|. Here the chains have C products, the kernel's transform is rounded once, and four
 * roundings come before the products and four after them, so that the error is at most (C + 9) · u
 * · |Aᵀ|(Σ|G||g||Gᵀ| ∘ |Bᵀ||d||B|)|A|. For elements of one size the last factor is 64 C beside 9 C,
 * a factor of 7.1 for chains that are a third to a ninth as long; where signs are random, both the
 * growth by the chains and the factor are about their square roots, and the errors are equal.
 *
 * <p>An element that is infinite or NaN spoils all of the 2x2 results whose 4x4 elements it belongs
 * to.
 *
 * <p>Source: A. Lavin, S. Gray: Fast algorithms for convolutional neural networks, CVPR 2016.
 */
final class Winograd {

  /** Products for each channel of a tile. */
  static final int ELEMENTS = 16;

  /** Rows and columns of a transformed tile. */
  static final int SIDE = 4;

  /** Rows and columns of its results. */
  static final int STEP = 2;

  private static final long F4 = Float.BYTES;

  /** Elements of a kernel. */
  private static final int TAPS = 9;

  /** Channels below which the transforms cost more than they save. */
  private static final int FEWEST_CHANNELS = 8;

  private Winograd() {}

  /**
   * Returns whether a convolution that {@link Correlation} serves is done in this way: enough
   * channels to pay for the transforms, and rows that fill most of the lanes of a vector of tiles.
   */
  static boolean serves(Conv2dPlan plan) {
    Window w = plan.window();
    return Correlation.serves(plan)
        && w.kernelH() == 3
        && w.kernelW() == 3
        && w.dilationH() == 1
        && w.dilationW() == 1
        && Math.min(plan.groupChannels(), plan.groupOutChannels()) >= FEWEST_CHANNELS
        && filled(plan.width())
        && filled(w.outWidth());
  }

  private static boolean filled(long width) {
    long tiles = STEP * (long) Lanes.FLOATS;
    long whole = Math.ceilDiv(width, tiles) * tiles;
    return 4 * width >= 3 * whole;
  }

  /**
   * Writes G g Gᵀ for every kernel of a weight, as panels of {@link GemmTile#ROWS} target channels:
   * for each group, element and panel the source's channels, each with the panel's side by side.
   */
  static void packWeight(Correlation c, long weight, long to) {
    int panels = Math.ceilDiv(c.outChannels(), GemmTile.ROWS);
    long panel = (long) c.channels() * GemmTile.ROWS * F4;
    Runs.fill(0, to, c.groups() * ELEMENTS * panels * panel / F4);
    // [O, C / groups, taps]: the source's channels are the second dimension, turned round the
    // first.
    long ofChannel = (c.turned() ? TAPS : (long) c.channels() * TAPS) * F4;
    long ofSource = (c.turned() ? (long) c.outChannels() * TAPS : (long) TAPS) * F4;
    for (long group = 0; group < c.groups(); group++) {
      long from = weight + group * c.channels() * c.outChannels() * TAPS * F4;
      long base = to + group * ELEMENTS * panels * panel;
      for (int o = 0; o < c.outChannels(); o++) {
        long at = base + o / GemmTile.ROWS * panel + o % GemmTile.ROWS * F4;
        for (int s = 0; s < c.channels(); s++) {
          long kernel = from + o * ofChannel + s * ofSource;
          packKernel(kernel, c.turned(), at + s * (GemmTile.ROWS * F4), panels * panel);
        }
      }
    }
  }

  private static void packKernel(long from, boolean turned, long to, long step) {
    long first = turned ? from + (TAPS - 1) * F4 : from;
    long tap = turned ? -F4 : F4;
    double a0 = Lanes.get(first);
    double a1 = Lanes.get(first + tap);
    double a2 = Lanes.get(first + 2 * tap);
    double b0 = Lanes.get(first + 3 * tap);
    double b1 = Lanes.get(first + 4 * tap);
    double b2 = Lanes.get(first + 5 * tap);
    double c0 = Lanes.get(first + 6 * tap);
    double c1 = Lanes.get(first + 7 * tap);
    double c2 = Lanes.get(first + 8 * tap);
    packRow(a0, a1, a2, to, step);
    packRow(0.5 * (a0 + b0 + c0), 0.5 * (a1 + b1 + c1), 0.5 * (a2 + b2 + c2), to + 4 * step, step);
    packRow(0.5 * (a0 - b0 + c0), 0.5 * (a1 - b1 + c1), 0.5 * (a2 - b2 + c2), to + 8 * step, step);
    packRow(c0, c1, c2, to + 12 * step, step);
  }

  private static void packRow(double g0, double g1, double g2, long to, long step) {
    Lanes.set(to, (float) g0);
    Lanes.set(to + step, (float) (0.5 * (g0 + g1 + g2)));
    Lanes.set(to + 2 * step, (float) (0.5 * (g0 - g1 + g2)));
    Lanes.set(to + 3 * step, (float) g2);
  }

  /**
   * Writes Gᵀ e G, the gradient of a kernel, where e's last row and last column have the other
   * sign.
   *
   * @param from the first element of e
   * @param step bytes from one to the next
   */
  static void unpackKernel(long from, long step, long to) {
    for (int i = 0; i < 3; i++) {
      double e0 = tap(i, from, 4 * step);
      double e1 = tap(i, from + step, 4 * step);
      double e2 = tap(i, from + 2 * step, 4 * step);
      double e3 = -tap(i, from + 3 * step, 4 * step);
      long row = to + i * (3 * F4);
      Lanes.set(row, (float) (e0 + 0.5 * (e1 + e2)));
      Lanes.set(row + F4, (float) (0.5 * (e1 - e2)));
      Lanes.set(row + 2 * F4, (float) (0.5 * (e1 + e2) + e3));
    }
  }

  /** Returns element i of Gᵀ times a column. */
  private static double tap(int i, long column, long step) {
    double e1 = Lanes.get(column + step);
    double e2 = Lanes.get(column + 2 * step);
    return switch (i) {
      case 0 -> Lanes.get(column) + 0.5 * (e1 + e2);
      case 1 -> 0.5 * (e1 - e2);
      default -> 0.5 * (e1 + e2) - Lanes.get(column + 3 * step);
    };
  }
}
