package dev.panorm.internal.backend.vector;

/**
 * The weight of a {@link Correlation} as panels of some target channels: element k of a panel's
 * channels stands side by side, k running over the kernel's rows, its columns and the source's
 * channels. Channels that do not exist are zeros.
 */
final class WeightPanels {

  private static final long F4 = Float.BYTES;

  private final Correlation c;
  private final int rows;
  private final long step;

  /**
   * @param panelRows target channels of a panel
   */
  WeightPanels(Correlation correlation, int panelRows) {
    c = correlation;
    rows = panelRows;
    step = rows * F4;
  }

  /** Returns the panels of a group. */
  int perGroup() {
    return Math.ceilDiv(c.outChannels(), rows);
  }

  /** Returns the bytes of a panel. */
  long bytes() {
    return c.depth() * step;
  }

  /** Writes all panels of all groups. */
  void pack(long weight, long to) {
    long at = to;
    for (long group = 0; group < c.groups(); group++) {
      for (int panel = 0; panel < perGroup(); panel++) {
        for (int row = 0; row < rows; row++) {
          int channel = panel * rows + row;
          if (channel < c.outChannels()) {
            packChannel(weight, group, channel, at + row * F4);
          } else {
            clear(at + row * F4);
          }
        }
        at += bytes();
      }
    }
  }

  private void clear(long to) {
    for (int k = 0; k < c.depth(); k++) {
      Lanes.set(to + k * step, 0);
    }
  }

  private void packChannel(long weight, long group, int channel, long to) {
    int taps = c.kernelH() * c.kernelW();
    // [O, C / groups, taps]: the source's channels are the second dimension, turned round the
    // first.
    long ofChannel = c.turned() ? taps : (long) c.channels() * taps;
    long ofSource = c.turned() ? (long) c.outChannels() * taps : taps;
    long from =
        weight + (group * c.channels() * c.outChannels() * (long) taps + channel * ofChannel) * F4;
    long at = to;
    for (int tap = 0; tap < taps; tap++) {
      long source = from + (c.turned() ? taps - 1 - tap : tap) * F4;
      for (int s = 0; s < c.channels(); s++) {
        Lanes.set(at, Lanes.get(source + s * ofSource * F4));
        at += step;
      }
    }
  }
}
