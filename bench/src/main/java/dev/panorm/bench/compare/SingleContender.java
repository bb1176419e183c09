package dev.panorm.bench.compare;

/**
 * Panorm's own choice with one thread, in the same rounds as with several: what these are worth is
 * a ratio of the same moments.
 */
final class SingleContender extends PanormContender {

  /** As reports write it. */
  static final String NAME = "panorm-single";

  SingleContender() {
    super(AUTOMATIC);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void open(int threads) {
    super.open(1);
  }
}
