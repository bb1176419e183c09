package dev.panorm.init;

/**
 * What follows a weight: its gain is the factor by which the weight's deviation makes up for it.
 */
public enum Nonlinearity {
  /** Nothing: gain 1. */
  LINEAR(1),
  /** The logistic function: gain 1, by convention. */
  SIGMOID(1),
  /** The hyperbolic tangent: gain 5/3. */
  TANH(5.0 / 3),
  /** Rectifier: gain √2, since half of the variance is lost. */
  RELU(Math.sqrt(2)),
  /** Leaky rectifier: gain √(2 / (1 + a²)) with its negative slope a. */
  LEAKY_RELU(Math.sqrt(2)),
  /** Self-normalizing unit: gain 3/4, by convention. */
  SELU(0.75);

  private final double gain;

  Nonlinearity(double gain) {
    this.gain = gain;
  }

  /**
   * Returns the gain.
   *
   * @param negativeSlope slope of {@link #LEAKY_RELU} below zero; the others ignore it
   */
  public double gain(double negativeSlope) {
    return this == LEAKY_RELU ? gain / Math.sqrt(1 + negativeSlope * negativeSlope) : gain;
  }
}
