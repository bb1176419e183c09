package dev.panorm.init;

import dev.panorm.RandomStream;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;

/**
 * Initializers: each overwrites a tensor. Weights are [out, in, kernel...]; the random ones draw
 * from a {@link RandomStream}, element i from index i, so that they are the same everywhere.
 */
public final class Init {

  private static final double LECUN_GAIN = 1;

  private Init() {}

  /** Sets zeros. */
  public static void zeros(Tensor tensor) {
    tensor.fill(0);
  }

  /** Sets ones. */
  public static void ones(Tensor tensor) {
    tensor.fill(1);
  }

  /** Sets one value. */
  public static void constant(Tensor tensor, double value) {
    tensor.fill(value);
  }

  /** Draws from the uniform distribution of [low, high). */
  public static void uniform(Tensor tensor, double low, double high, RandomStream stream) {
    Check.that(low <= high, "uniform", "low", low, "at most high " + high);
    stream.fillUniform(tensor, low, high);
  }

  /** Draws from N(mean, std²). */
  public static void normal(Tensor tensor, double mean, double std, RandomStream stream) {
    checkStd("normal", std);
    stream.fillNormal(tensor, mean, std);
  }

  /** Kaiming's normal form for a rectifier: N(0, 2 / fanIn) (He et al. 2015). */
  public static void kaimingNormal(Tensor weight, RandomStream stream) {
    kaimingNormal(weight, FanMode.FAN_IN, Nonlinearity.RELU, 0, stream);
  }

  /** N(0, gain² / fan); figures: {@link InitFigures#kaiming}. */
  public static void kaimingNormal(
      Tensor weight,
      FanMode mode,
      Nonlinearity nonlinearity,
      double negativeSlope,
      RandomStream stream) {
    normal(
        weight,
        0,
        InitFigures.kaiming(weight.shape(), mode, nonlinearity, negativeSlope).std(),
        stream);
  }

  /** Kaiming's uniform form for a rectifier: U(±√(6 / fanIn)). */
  public static void kaimingUniform(Tensor weight, RandomStream stream) {
    kaimingUniform(weight, FanMode.FAN_IN, Nonlinearity.RELU, 0, stream);
  }

  /** U(±√3 · gain / √fan); figures: {@link InitFigures#kaiming}. */
  public static void kaimingUniform(
      Tensor weight,
      FanMode mode,
      Nonlinearity nonlinearity,
      double negativeSlope,
      RandomStream stream) {
    symmetric(
        weight,
        InitFigures.kaiming(weight.shape(), mode, nonlinearity, negativeSlope).bound(),
        stream);
  }

  /** N(0, gain² · 2 / (fanIn + fanOut)) (Glorot and Bengio 2010). */
  public static void xavierNormal(Tensor weight, double gain, RandomStream stream) {
    normal(weight, 0, InitFigures.xavier(weight.shape(), gain).std(), stream);
  }

  /** U(±gain · √(6 / (fanIn + fanOut))). */
  public static void xavierUniform(Tensor weight, double gain, RandomStream stream) {
    symmetric(weight, InitFigures.xavier(weight.shape(), gain).bound(), stream);
  }

  /** N(0, 1 / fanIn) (LeCun et al. 1998). */
  public static void lecunNormal(Tensor weight, RandomStream stream) {
    scaledNormal(weight, LECUN_GAIN, stream);
  }

  /** U(±√(3 / fanIn)). */
  public static void lecunUniform(Tensor weight, RandomStream stream) {
    symmetric(
        weight,
        InitFigures.kaiming(weight.shape(), FanMode.FAN_IN, Nonlinearity.LINEAR, 0).bound(),
        stream);
  }

  /**
   * N(0, c / n) with n = fanIn inputs: c = 2 is Kaiming's choice for a rectifier, c = 1 LeCun's.
   *
   * @param c variance of a sum of n inputs of variance 1, 0 or more
   */
  public static void scaledNormal(Tensor weight, double c, RandomStream stream) {
    Check.that(c >= 0 && c < Double.POSITIVE_INFINITY, "scaledNormal", "c", c, "0 or more");
    stream.fillNormal(weight, 0, Math.sqrt(c / InitFigures.fanIn(weight.shape())));
  }

  /**
   * Draws from N(mean, std²) without what lies outside [low, high], by rejection.
   *
   * @param low smallest value, absolute as in PyTorch, not in deviations
   * @param high largest value, greater than low
   */
  public static void truncatedNormal(
      Tensor tensor, double mean, double std, double low, double high, RandomStream stream) {
    checkStd("truncatedNormal", std);
    Check.that(std > 0, "truncatedNormal", "std", std, "above 0");
    Check.that(low < high, "truncatedNormal", "low", low, "below high " + high);
    TruncatedNormal standard = new TruncatedNormal((low - mean) / std, (high - mean) / std, stream);
    tensor.fill(i -> Math.clamp(mean + std * standard.draw(i), low, high));
  }

  /**
   * Makes the rows orthonormal times the gain, or the columns where there are more rows (Saxe,
   * McClelland and Ganguli 2014). Dimensions from the second on count as one.
   *
   * @throws IllegalArgumentException if the tensor has fewer than two dimensions
   */
  public static void orthogonal(Tensor tensor, double gain, RandomStream stream) {
    Shape shape = tensor.shape();
    Check.that(shape.rank() >= 2, "orthogonal", "shape", shape, "2 dimensions or more");
    int rows = Math.toIntExact(shape.dim(0));
    int columns = Math.toIntExact(shape.product(1, shape.rank()));
    boolean tall = rows > columns;
    double[][] basis = Orthonormal.draw(Math.min(rows, columns), Math.max(rows, columns), stream);
    tensor.fill(
        i -> {
          int row = (int) (i / columns);
          int column = (int) (i % columns);
          return gain * (tall ? basis[column][row] : basis[row][column]);
        });
  }

  private static void symmetric(Tensor tensor, double bound, RandomStream stream) {
    stream.fillUniform(tensor, -bound, bound);
  }

  private static void checkStd(String operation, double std) {
    Check.that(std >= 0 && std < Double.POSITIVE_INFINITY, operation, "std", std, "0 or more");
  }
}
