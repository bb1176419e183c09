package dev.panorm.data;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;
import dev.panorm.internal.check.Hold;
import dev.panorm.ops.LinearAlgebra;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;

/** y = W · (x − μ) and back x = Rᵀ · y + μ, for each sample x. */
abstract sealed class Whitening implements FittedTransform permits PcaWhitening, ZcaWhitening {

  private static final int BLOCK_VALUES = 1 << 20;

  private final Learned learned;

  Whitening(Learned learned) {
    this.learned = learned;
  }

  /**
   * What fit finds.
   *
   * @param mean μ, of the sample's shape
   * @param eigenvalues of the covariance, descending, as many as the rank
   * @param forward W, [outputs, features]
   * @param backward R, [outputs, features]
   */
  record Learned(Tensor mean, Tensor eigenvalues, Tensor forward, Tensor backward) {

    static Learned load(Scope scope, Path file, Class<?> kind) throws IOException {
      Set<String> names = Set.of("mean", "eigenvalues", "forward", "backward");
      try (SavedTransform saved = SavedTransform.open(file, kind, names)) {
        Shape forward = saved.shape("forward");
        SavedTransform.check(file, "forward's rank", forward.rank(), 2);
        SavedTransform.check(file, "backward's shape", saved.shape("backward"), forward);
        SavedTransform.check(
            file, "number of means", saved.shape("mean").elements(), forward.dim(1));
        return new Learned(
            saved.load("mean", scope),
            saved.load("eigenvalues", scope),
            saved.load("forward", scope),
            saved.load("backward", scope));
      }
    }
  }

  /** Checks the arguments of a fit and finds the axes. */
  static PrincipalAxes axes(String operation, Tensor x, double epsilon, int rank) {
    Samples.checkFit(operation, x);
    Check.that(
        epsilon >= 0 && Double.isFinite(epsilon),
        operation,
        "epsilon",
        epsilon,
        "a finite number, 0 or more");
    int features = Samples.featureCount(operation, x.shape());
    Check.that(rank >= 1 && rank <= features, operation, "rank", rank, "1 to " + features);
    Check.that(
        x.dim(0) >= rank,
        operation,
        "number of samples",
        x.dim(0),
        "at least the rank asked, " + rank);
    PrincipalAxes axes = PrincipalAxes.ofFeatures(operation, x);
    axes.checkRank(operation, rank, epsilon);
    return axes;
  }

  static Tensor mean(Scope scope, PrincipalAxes axes, Tensor x) {
    Tensor mean = scope.empty(DType.FLOAT64, Samples.one(x.shape()));
    mean.copyFrom(axes.mean());
    return mean;
  }

  static Tensor eigenvalues(Scope scope, PrincipalAxes axes, int rank) {
    return scope.of(Arrays.copyOf(axes.values(), rank));
  }

  /** Returns the first axes, one a row, each times a function of its λ + ε. */
  static Tensor scaled(
      Scope scope, PrincipalAxes axes, int rank, double epsilon, DoubleUnaryOperator factor) {
    Tensor rows = scope.empty(DType.FLOAT64, rank, axes.mean().length);
    for (int i = 0; i < rank; i++) {
      double scale = factor.applyAsDouble(axes.values()[i] + epsilon);
      double[] axis = axes.vectors()[i].clone();
      for (int j = 0; j < axis.length; j++) {
        axis[j] *= scale;
      }
      rows.slice(i, i + 1).copyFrom(axis);
    }
    return rows;
  }

  /** Returns the shape of one sample after {@link #apply(Tensor, Tensor)}. */
  abstract Shape outputSample();

  /** Returns the mean of each feature, float64, of the sample's shape. */
  public Tensor mean() {
    return learned.mean();
  }

  /** Returns the covariance's eigenvalues, float64, the largest first, as many as the rank. */
  public Tensor eigenvalues() {
    return learned.eigenvalues();
  }

  /** Returns W of y = W · (x − μ), float64, [outputs, features]. */
  public Tensor matrix() {
    return learned.forward();
  }

  @Override
  public Shape outputShape(Shape x) {
    return Samples.many(samples("outputShape", "x", x, mean().shape()), outputSample());
  }

  @Override
  public Shape inputShape(Shape y) {
    return Samples.many(samples("inputShape", "y", y, outputSample()), mean().shape());
  }

  @Override
  public void apply(Tensor x, Tensor y) {
    long samples = samples("apply", "x", x.shape(), mean().shape());
    Shape expected = Samples.many(samples, outputSample());
    Samples.checkOutput(operation("apply"), "y", y, expected, "x", x);
    double[] centre = mean().toDoubleArray();
    Arrays.setAll(centre, i -> -centre[i]);
    product(x, centre, true, learned.forward(), noShift(), y);
  }

  @Override
  public void inverse(Tensor y, Tensor x) {
    long samples = samples("inverse", "y", y.shape(), outputSample());
    Shape expected = Samples.many(samples, mean().shape());
    Samples.checkOutput(operation("inverse"), "x", x, expected, "y", y);
    product(y, noShift(), false, learned.backward(), mean().toDoubleArray(), x);
  }

  private double[] noShift() {
    return new double[(int) outputSample().elements()];
  }

  /** to = (from + before) · op(matrix) + after, sample by sample, in blocks of samples. */
  private static void product(
      Tensor from, double[] before, boolean transpose, Tensor matrix, double[] after, Tensor to) {
    long samples = from.dim(0);
    int block = Math.max(1, BLOCK_VALUES / Math.max(before.length, after.length));
    Hold.retain(from, to);
    try {
      for (long first = 0; first < samples; first += block) {
        long end = Math.min(samples, first + block);
        try (Scope scope = Scope.open()) {
          Tensor shifted = Elements.shifted(scope, from, first, end, before);
          Tensor result = scope.empty(DType.FLOAT64, end - first, after.length);
          LinearAlgebra.mm(false, transpose, shifted, matrix, result);
          to.slice(first, end).copyFrom(Elements.shifted(scope, result, 0, end - first, after));
        }
      }
    } finally {
      Hold.release(from, to);
    }
  }

  private long samples(String method, String argument, Shape data, Shape sample) {
    Check.that(
        data.rank() > 1 && Samples.one(data).equals(sample),
        operation(method),
        argument + "'s shape",
        data,
        "samples of " + sample);
    return data.dim(0);
  }

  private String operation(String method) {
    return getClass().getSimpleName() + "." + method;
  }

  @Override
  public void save(Path file) throws IOException {
    SavedTransform.write(
        file,
        getClass(),
        Map.of(
            "mean", learned.mean(),
            "eigenvalues", learned.eigenvalues(),
            "forward", learned.forward(),
            "backward", learned.backward()));
  }
}
