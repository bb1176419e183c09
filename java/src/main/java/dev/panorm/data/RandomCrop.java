package dev.panorm.data;

import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;
import java.util.Arrays;

/**
 * Cuts a window out of an image, at a random place, after surrounding the image with zeros.
 *
 * @param height of the window
 * @param width of the window
 * @param padding zeros added on each of the four sides
 */
public record RandomCrop(int height, int width, int padding) implements Augmentation {

  /** Checks the sizes. */
  public RandomCrop {
    Check.that(height > 0, "RandomCrop", "height", height, "1 or more");
    Check.that(width > 0, "RandomCrop", "width", width, "1 or more");
    Check.that(padding >= 0, "RandomCrop", "padding", padding, "0 or more");
  }

  /** Creates the crop without padding. */
  public RandomCrop(int height, int width) {
    this(height, width, 0);
  }

  @Override
  public Shape outputShape(Shape x) {
    Images.checked("RandomCrop", x);
    Check.that(
        offsets(x, 2, height) > 0 && offsets(x, 3, width) > 0,
        "RandomCrop",
        "x's shape",
        x,
        "images of at least " + height + " x " + width + " with padding " + padding);
    return x.with(2, height).with(3, width);
  }

  /** In how many places the window fits along a dimension. */
  private long offsets(Shape x, int dimension, int size) {
    return x.dim(dimension) + 2L * padding - size + 1;
  }

  @Override
  public void apply(Tensor x, SampleDraws draws, Tensor y) {
    Shape shape = outputShape(x.shape());
    Images.change(
        "RandomCrop",
        x,
        draws,
        y,
        shape,
        (n, from, to) -> {
          long top = draws.below(offsets(x.shape(), 2, height), n, 0) - padding;
          long left = draws.below(offsets(x.shape(), 3, width), n, 1) - padding;
          cut(x, from, top, left, y, to);
        });
  }

  private void cut(Tensor x, long from, long top, long left, Tensor y, long to) {
    long rows = x.dim(2);
    double[] source = new double[Math.toIntExact(x.dim(3))];
    double[] window = new double[width];
    int start = (int) Math.max(0, -left);
    int length = (int) Math.min(width, source.length - left) - start;
    for (long c = 0; c < x.dim(1); c++) {
      for (long i = 0; i < height; i++) {
        Arrays.fill(window, 0);
        long row = top + i;
        if (row >= 0 && row < rows && length > 0) {
          Elements.load(x, from + (c * rows + row) * source.length, source);
          System.arraycopy(source, (int) (left + start), window, start, length);
        }
        Elements.store(window, y, to + (c * height + i) * width);
      }
    }
  }
}
