package dev.panorm.data;

import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;

/**
 * Adds independent noise to every value: y = x + ε, ε ~ N(0, std²).
 *
 * @param std standard deviation of the noise, in the units of the data, 0 or more
 */
public record GaussianNoise(double std) implements Augmentation {

  /** Checks the deviation. */
  public GaussianNoise {
    Check.that(
        std >= 0 && Double.isFinite(std),
        "GaussianNoise",
        "std",
        std,
        "a finite number, 0 or more");
  }

  @Override
  public Shape outputShape(Shape x) {
    return Images.checked("GaussianNoise", x);
  }

  @Override
  public void apply(Tensor x, SampleDraws draws, Tensor y) {
    outputShape(x.shape());
    Images.changeRows(
        "GaussianNoise",
        x,
        draws,
        y,
        n ->
            (r, row) -> {
              for (int j = 0; j < row.length; j++) {
                row[j] += std * draws.normal(n, r * row.length + j);
              }
            });
  }
}
