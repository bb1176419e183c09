package dev.panorm.internal.backend.cpu;

import dev.panorm.Activation;

/**
 * {@link Activation}s of one float64 number: the formulas as they are written, and their slopes.
 */
public final class ActivationMath {

  /** √(2/π), of the tanh form of GELU. */
  public static final double GELU_SCALE = Math.sqrt(2 / Math.PI);

  /** The weight of the cube in the tanh form of GELU. */
  public static final double GELU_CUBE = 0.044715;

  private ActivationMath() {}

  /** Returns activation(z). */
  public static double value(Activation activation, double z) {
    return switch (activation) {
      case IDENTITY -> z;
      case RELU -> z <= 0 ? 0 : z;
      case GELU -> z * normalCdf(z);
      case GELU_TANH -> z / 2 * (1 + Math.tanh(geluArgument(z)));
      case SILU -> z * sigmoid(z);
      case SIGMOID -> sigmoid(z);
      case TANH -> Math.tanh(z);
    };
  }

  /** Returns activation'(z); that of RELU is 0 at 0. */
  public static double slope(Activation activation, double z) {
    return switch (activation) {
      case IDENTITY -> 1;
      case RELU -> z <= 0 ? 0 : 1;
      case GELU -> normalCdf(z) + z * normalDensity(z);
      case GELU_TANH -> geluTanhSlope(z);
      case SILU -> sigmoid(z) * (1 + z * (1 - sigmoid(z)));
      case SIGMOID -> sigmoid(z) * (1 - sigmoid(z));
      case TANH -> 1 - square(Math.tanh(z));
    };
  }

  private static double geluTanhSlope(double z) {
    double t = Math.tanh(geluArgument(z));
    return (1 + t) / 2 + z / 2 * (1 - t * t) * GELU_SCALE * (1 + 3 * GELU_CUBE * z * z);
  }

  private static double geluArgument(double z) {
    return GELU_SCALE * (z + GELU_CUBE * z * z * z);
  }

  private static double sigmoid(double z) {
    return 1 / (1 + Math.exp(-z));
  }

  /** Φ(z). */
  private static double normalCdf(double z) {
    return ErrorFunction.erfc(-z / Math.sqrt(2)) / 2;
  }

  private static double normalDensity(double z) {
    return Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
  }

  private static double square(double t) {
    return t * t;
  }
}
