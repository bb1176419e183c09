package dev.panorm.data;

import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;
import dev.panorm.internal.check.Hold;
import java.util.function.IntFunction;

/** Batches of images [N, C, H, W]: checks, and the way through them one by one. */
final class Images {

  private Images() {}

  /** What happens to one image, given its place and where it starts in x and in y. */
  @FunctionalInterface
  interface Change {
    void image(int place, long from, long to);
  }

  /** What happens to a row of an image; rows are numbered through all channels. */
  @FunctionalInterface
  interface RowChange {
    void row(long number, double[] values);
  }

  /** Returns the shape if it is one of images. */
  static Shape checked(String operation, Shape x) {
    Check.that(x.rank() == 4, operation, "x's shape", x, "[N, C, H, W]");
    return x;
  }

  static void check(String operation, Tensor x, SampleDraws draws, Tensor y, Shape expected) {
    Check.floating(operation, "x", x);
    Check.that(
        draws.size() == x.dim(0), operation, "draws' size", draws.size(), x.dim(0) + " images");
    Check.like(operation, "y", y, x.dtype(), expected);
    Check.writable(operation, "y", y);
    Check.apart(operation, "y", y, "x", x);
  }

  /** Checks, then changes one image after another while both tensors are held. */
  static void change(
      String operation, Tensor x, SampleDraws draws, Tensor y, Shape expected, Change change) {
    check(operation, x, draws, y, expected);
    Hold.retain(x, y);
    try {
      int images = draws.size();
      for (int n = 0; n < images; n++) {
        change.image(n, x.elements() / images * n, y.elements() / images * n);
      }
    } finally {
      Hold.release(x, y);
    }
  }

  /**
   * As {@link #change} for what keeps the shape and works on rows.
   *
   * @param ofImage gives the change for the image at a place of the batch
   */
  static void changeRows(
      String operation, Tensor x, SampleDraws draws, Tensor y, IntFunction<RowChange> ofImage) {
    long rows = x.dim(1) * x.dim(2);
    double[] row = new double[Math.toIntExact(x.dim(3))];
    change(
        operation,
        x,
        draws,
        y,
        x.shape(),
        (n, from, to) -> {
          RowChange change = ofImage.apply(n);
          for (long r = 0; r < rows; r++) {
            Elements.load(x, from + r * row.length, row);
            change.row(r, row);
            Elements.store(row, y, to + r * row.length);
          }
        });
  }
}
