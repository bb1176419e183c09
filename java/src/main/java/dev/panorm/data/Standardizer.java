package dev.panorm.data;

import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * Standardization with one mean and one deviation for all elements, as is usual for grey images: x
 * := (x − mean) / deviation.
 *
 * @param mean what is subtracted
 * @param deviation what is divided by, above 0
 */
public record Standardizer(double mean, double deviation) {

  private static final long PIECE = 1 << 16;

  /** Creates a standardizer with given figures. */
  public Standardizer {
    Check.that(Double.isFinite(mean), "standardizer", "mean", mean, "a finite number");
    Check.that(
        deviation > 0 && Double.isFinite(deviation),
        "standardizer",
        "deviation",
        deviation,
        "above 0");
  }

  /** What is done to a piece of the data. */
  @FunctionalInterface
  private interface Piece {
    void visit(Tensor piece, double[] values);
  }

  /**
   * Returns the standardizer that gives this data mean 0 and deviation 1 (the biased one).
   *
   * @throws IllegalArgumentException if there are no data, or they are constant or not finite
   */
  public static Standardizer fit(Tensor data) {
    double[] sum = new double[1];
    pieces(data, (piece, values) -> sum[0] += total(values, 0, 1));
    double mean = sum[0] / data.elements();
    sum[0] = 0;
    pieces(data, (piece, values) -> sum[0] += total(values, mean, 2));
    return new Standardizer(mean, Math.sqrt(sum[0] / data.elements()));
  }

  /** Standardizes in place. */
  public void apply(Tensor data) {
    map(data, value -> (value - mean) / deviation);
  }

  /** Undoes {@link #apply}, in place. */
  public void invert(Tensor data) {
    map(data, value -> value * deviation + mean);
  }

  private static void map(Tensor data, DoubleUnaryOperator function) {
    pieces(data, (piece, values) -> piece.copyFrom(Arrays.stream(values).map(function).toArray()));
  }

  private static double total(double[] values, double centre, int power) {
    double total = 0;
    for (double value : values) {
      double d = value - centre;
      total += power == 1 ? d : d * d;
    }
    return total;
  }

  private static void pieces(Tensor data, Piece visitor) {
    Check.floating("standardizer", "data", data);
    Tensor flat = data.view(data.elements());
    for (long at = 0; at < flat.elements(); at += PIECE) {
      Tensor piece = flat.slice(at, Math.min(flat.elements(), at + PIECE));
      visitor.visit(piece, piece.toDoubleArray());
    }
  }
}
