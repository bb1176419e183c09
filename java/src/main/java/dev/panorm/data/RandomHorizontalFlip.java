package dev.panorm.data;

import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;

/**
 * Mirrors an image left to right with a given probability: y[c, i, j] = x[c, i, W − 1 − j].
 *
 * @param probability of mirroring an image, 0 to 1
 */
public record RandomHorizontalFlip(double probability) implements Augmentation {

  /** Checks the probability. */
  public RandomHorizontalFlip {
    Check.that(
        probability >= 0 && probability <= 1,
        "RandomHorizontalFlip",
        "probability",
        probability,
        "0 to 1");
  }

  /** Creates the flip of every second image, PyTorch's default. */
  public RandomHorizontalFlip() {
    this(0.5);
  }

  @Override
  public Shape outputShape(Shape x) {
    return Images.checked("RandomHorizontalFlip", x);
  }

  @Override
  public void apply(Tensor x, SampleDraws draws, Tensor y) {
    outputShape(x.shape());
    Images.changeRows(
        "RandomHorizontalFlip",
        x,
        draws,
        y,
        n -> {
          boolean flip = draws.uniform(n, 0) < probability;
          return (r, row) -> {
            if (flip) {
              reverse(row);
            }
          };
        });
  }

  private static void reverse(double[] row) {
    for (int left = 0, right = row.length - 1; left < right; left++, right--) {
      double value = row[left];
      row[left] = row[right];
      row[right] = value;
    }
  }
}
