package dev.panorm.nn;

import dev.panorm.Generator;

/** {@link ChannelDropout} of [N, C, D, H, W], without N too. */
public final class Dropout3d extends ChannelDropout {

  /** Creates the module with PyTorch's default, p = 0.5. */
  public Dropout3d() {
    this(0.5);
  }

  /** Creates the module; p is the probability of <em>dropping</em>. */
  public Dropout3d(double p) {
    this(p, Generator.shared());
  }

  /** Creates the module with a source of masks of its own. */
  public Dropout3d(double p, Generator generator) {
    super("dropout3d", 3, p, generator);
  }
}
