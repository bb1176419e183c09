package dev.panorm.backend;

/**
 * What dropout does to an element x: {@code scale · x + shift} where it is kept, {@code dropped}
 * where it is not. Elements share their fate in units; unit i of the data is dropped where random
 * word i of the stream is below drop · 2^32.
 *
 * <p>With {@code counted} above 0, the data is rows of so many units, and the scale of a row is
 * counted / number of units kept in it.
 *
 * @param unit how many adjacent elements share their fate, 1 or more
 * @param drop probability of dropping, 0 to 1
 * @param scale factor of what is kept
 * @param shift added to what is kept
 * @param dropped what stands where an element was dropped
 * @param counted units of a row that is rescaled by its own count; 0 for the fixed scale
 */
public record DropPlan(
    long unit, double drop, double scale, double shift, double dropped, long counted) {

  private static final double WORDS = 0x1p32;

  /** Returns the dropout of single elements that keeps the mean: scale 1 / (1 − drop). */
  public static DropPlan inverted(double drop) {
    return new DropPlan(1, drop, drop == 1 ? 0 : 1 / (1 - drop), 0, 0, 0);
  }

  /** Returns this with another number of elements that share their fate. */
  public DropPlan withUnit(long elements) {
    return new DropPlan(elements, drop, scale, shift, dropped, counted);
  }

  /** Returns what takes an upstream gradient back: the same without constants. */
  public DropPlan gradient() {
    return new DropPlan(unit, drop, scale, 0, 0, counted);
  }

  /** Returns the number below which a word, without sign, drops its unit. */
  public long threshold() {
    return Math.round(drop * WORDS);
  }
}
