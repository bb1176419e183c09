package dev.panorm.nn;

import dev.panorm.Generator;

/** {@link ChannelDropout} of [N, C, H, W], without N too. */
public final class Dropout2d extends ChannelDropout {

  /** Creates the module with PyTorch's default, p = 0.5. */
  public Dropout2d() {
    this(0.5);
  }

  /** Creates the module; p is the probability of <em>dropping</em>. */
  public Dropout2d(double p) {
    this(p, Generator.shared());
  }

  /** Creates the module with a source of masks of its own. */
  public Dropout2d(double p, Generator generator) {
    super("dropout2d", 2, p, generator);
  }
}
