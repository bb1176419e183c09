package dev.panorm.data;

import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;

/**
 * Turns an image about its centre by an angle drawn uniformly from −degrees to degrees, positive
 * angles counter-clockwise.
 *
 * <p>A pixel is interpolated bilinearly between the four around the place that it comes from;
 * outside of the image there are zeros.
 *
 * @param degrees largest angle, 0 or more
 */
public record RandomRotation(double degrees) implements Augmentation {

  /** Checks the angle. */
  public RandomRotation {
    Check.that(
        degrees >= 0 && Double.isFinite(degrees),
        "RandomRotation",
        "degrees",
        degrees,
        "a finite number, 0 or more");
  }

  @Override
  public Shape outputShape(Shape x) {
    return Images.checked("RandomRotation", x);
  }

  @Override
  public void apply(Tensor x, SampleDraws draws, Tensor y) {
    Shape shape = outputShape(x.shape());
    int height = Math.toIntExact(x.dim(2));
    int width = Math.toIntExact(x.dim(3));
    double[] plane = new double[Math.multiplyExact(height, width)];
    double[] turned = new double[plane.length];
    Images.change(
        "RandomRotation",
        x,
        draws,
        y,
        shape,
        (n, from, to) -> {
          double angle = degrees * (2 * draws.uniform(n, 0) - 1);
          for (long c = 0; c < x.dim(1); c++) {
            Elements.load(x, from + c * plane.length, plane);
            turn(plane, height, width, angle, turned);
            Elements.store(turned, y, to + c * plane.length);
          }
        });
  }

  /** Turns one plane: the value at (i, j) comes from where the opposite turn puts (i, j). */
  static void turn(double[] plane, int height, int width, double degrees, double[] turned) {
    double sin = StrictMath.sin(StrictMath.toRadians(degrees));
    double cos = StrictMath.cos(StrictMath.toRadians(degrees));
    double centreRow = (height - 1) / 2.0;
    double centreColumn = (width - 1) / 2.0;
    for (int i = 0; i < height; i++) {
      for (int j = 0; j < width; j++) {
        double down = i - centreRow;
        double right = j - centreColumn;
        double row = centreRow + right * sin + down * cos;
        double column = centreColumn + right * cos - down * sin;
        turned[i * width + j] = interpolate(plane, height, width, row, column);
      }
    }
  }

  private static double interpolate(
      double[] plane, int height, int width, double row, double column) {
    int top = (int) Math.floor(row);
    int left = (int) Math.floor(column);
    double below = row - top;
    double beyond = column - left;
    return (1 - below)
            * ((1 - beyond) * at(plane, height, width, top, left)
                + beyond * at(plane, height, width, top, left + 1))
        + below
            * ((1 - beyond) * at(plane, height, width, top + 1, left)
                + beyond * at(plane, height, width, top + 1, left + 1));
  }

  private static double at(double[] plane, int height, int width, int row, int column) {
    boolean inside = row >= 0 && row < height && column >= 0 && column < width;
    return inside ? plane[row * width + column] : 0;
  }
}
