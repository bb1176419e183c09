package dev.panorm.nn;

import dev.panorm.Generator;

/** {@link ChannelDropout} of [N, C, L], without N too. */
public final class Dropout1d extends ChannelDropout {

  /** Creates the module with PyTorch's default, p = 0.5. */
  public Dropout1d() {
    this(0.5);
  }

  /** Creates the module; p is the probability of <em>dropping</em>. */
  public Dropout1d(double p) {
    this(p, Generator.shared());
  }

  /** Creates the module with a source of masks of its own. */
  public Dropout1d(double p, Generator generator) {
    super("dropout1d", 1, p, generator);
  }
}
