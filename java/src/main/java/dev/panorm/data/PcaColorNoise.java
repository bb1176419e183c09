package dev.panorm.data;

import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;

/**
 * Shifts the colour of a whole image along the principal components of all pixels' colours: each
 * pixel gains Σ_k p_k · λ_k · α_k, where p_k and λ_k are eigenvectors and eigenvalues of the
 * channels' covariance and α_k ~ N(0, std²) is drawn once for an image.
 *
 * <p>λ is a variance, so the strength depends on the scale of the data, as in the source:
 * Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural
 * networks", NIPS 2012, section 4.1, where std is 0.1.
 */
public final class PcaColorNoise implements Augmentation {

  private final double[][] steps;
  private final double std;

  private PcaColorNoise(double[][] steps, double std) {
    Check.that(
        std >= 0 && Double.isFinite(std),
        "PcaColorNoise",
        "std",
        std,
        "a finite number, 0 or more");
    this.steps = steps;
    this.std = std;
  }

  /**
   * Learns the components of images.
   *
   * @param x training images [N, C, H, W], finite
   * @param std standard deviation of α
   * @throws IllegalArgumentException if an argument is none of these
   */
  public static PcaColorNoise fit(Tensor x, double std) {
    String operation = "PcaColorNoise.fit";
    Images.checked(operation, x.shape());
    Samples.checkFit(operation, x);
    PrincipalAxes axes = PrincipalAxes.ofChannels(operation, x);
    return of(axes.values(), axes.vectors(), std);
  }

  /**
   * Uses known components, such as published ones.
   *
   * @param eigenvalues λ_k
   * @param eigenvectors p_k, one a row, one value for each channel
   * @param std standard deviation of α
   * @throws IllegalArgumentException if there are not as many vectors as values, or their lengths
   *     differ
   */
  public static PcaColorNoise of(double[] eigenvalues, double[][] eigenvectors, double std) {
    String operation = "PcaColorNoise.of";
    int count = eigenvalues.length;
    Check.that(count > 0, operation, "number of eigenvalues", count, "1 or more");
    Check.that(
        eigenvectors.length == count,
        operation,
        "number of eigenvectors",
        eigenvectors.length,
        count);
    double[][] steps = new double[count][];
    for (int k = 0; k < count; k++) {
      steps[k] = eigenvectors[k].clone();
      Check.that(
          steps[k].length == steps[0].length,
          operation,
          "length of eigenvector " + k,
          steps[k].length,
          steps[0].length);
      for (int c = 0; c < steps[k].length; c++) {
        steps[k][c] *= eigenvalues[k];
      }
    }
    return new PcaColorNoise(steps, std);
  }

  @Override
  public Shape outputShape(Shape x) {
    Images.checked("PcaColorNoise", x);
    Check.that(
        x.dim(1) == steps[0].length,
        "PcaColorNoise",
        "x's shape",
        x,
        "images of " + steps[0].length + " channels");
    return x;
  }

  @Override
  public void apply(Tensor x, SampleDraws draws, Tensor y) {
    outputShape(x.shape());
    long height = x.dim(2);
    Images.changeRows(
        "PcaColorNoise",
        x,
        draws,
        y,
        n -> {
          double[] shift = shift(n, draws);
          return (r, row) -> {
            for (int j = 0; j < row.length; j++) {
              row[j] += shift[(int) (r / height)];
            }
          };
        });
  }

  private double[] shift(int place, SampleDraws draws) {
    double[] shift = new double[steps[0].length];
    for (int k = 0; k < steps.length; k++) {
      double alpha = std * draws.normal(place, k);
      for (int c = 0; c < shift.length; c++) {
        shift[c] += steps[k][c] * alpha;
      }
    }
    return shift;
  }
}
