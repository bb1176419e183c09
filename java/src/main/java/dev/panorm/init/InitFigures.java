package dev.panorm.init;

import dev.panorm.Shape;

/**
 * The figures that a Kaiming or Xavier initialization of a weight [out, in, kernel...] follows
 * from.
 *
 * @param fanIn inputs of a unit: in · kernel positions
 * @param fanOut outputs that an input feeds: out · kernel positions
 * @param gain factor for the nonlinearity
 * @param std deviation of the normal form
 * @param bound largest magnitude of the uniform form, √3 · std
 */
public record InitFigures(long fanIn, long fanOut, double gain, double std, double bound) {

  /**
   * Returns Kaiming's figures (He et al. 2015): std = gain / √fan.
   *
   * @param negativeSlope of {@link Nonlinearity#LEAKY_RELU}
   */
  public static InitFigures kaiming(
      Shape weight, FanMode mode, Nonlinearity nonlinearity, double negativeSlope) {
    double gain = nonlinearity.gain(negativeSlope);
    long fan = mode == FanMode.FAN_IN ? fanIn(weight) : fanOut(weight);
    return of(weight, gain, gain / Math.sqrt((double) fan));
  }

  /** Returns Xavier's figures (Glorot and Bengio 2010): std = gain · √(2 / (fanIn + fanOut)). */
  public static InitFigures xavier(Shape weight, double gain) {
    return of(weight, gain, gain * Math.sqrt(2.0 / (fanIn(weight) + fanOut(weight))));
  }

  private static InitFigures of(Shape weight, double gain, double std) {
    return new InitFigures(fanIn(weight), fanOut(weight), gain, std, Math.sqrt(3) * std);
  }

  /**
   * Returns the inputs of a unit.
   *
   * @throws IllegalArgumentException if the weight has fewer than two dimensions
   */
  public static long fanIn(Shape weight) {
    checkRank(weight);
    return weight.product(1, weight.rank());
  }

  /** Returns the outputs that an input feeds. */
  public static long fanOut(Shape weight) {
    checkRank(weight);
    return weight.dim(0) * weight.product(2, weight.rank());
  }

  private static void checkRank(Shape weight) {
    if (weight.rank() < 2) {
      throw new IllegalArgumentException(
          "fan: weight has shape " + weight + ", expected 2 dimensions or more");
    }
  }
}
