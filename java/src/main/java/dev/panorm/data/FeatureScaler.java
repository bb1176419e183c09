package dev.panorm.data;

import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;
import dev.panorm.internal.check.Hold;
import dev.panorm.internal.parallel.WorkerPool;

/** y = low + (high − low) · (x − centre) / spread, with centre and spread of each feature. */
abstract sealed class FeatureScaler implements FittedTransform permits MinMaxScaler, Standardizer {

  private static final int BLOCK_VALUES = 1 << 16;

  private final Tensor centre;
  private final Tensor spread;
  private final double low;
  private final double high;

  /**
   * @param centre float64; its sizes are the first ones of a sample
   * @param spread as centre, without zeros
   */
  FeatureScaler(Tensor centre, Tensor spread, double low, double high) {
    this.centre = centre;
    this.spread = spread;
    this.low = low;
    this.high = high;
  }

  /** The formula for one value, in one direction. */
  @FunctionalInterface
  private interface Formula {
    double of(double value, double centre, double spread);
  }

  @Override
  public Shape outputShape(Shape x) {
    return checked("outputShape", "x", x);
  }

  @Override
  public Shape inputShape(Shape y) {
    return checked("inputShape", "y", y);
  }

  @Override
  public void apply(Tensor x, Tensor y) {
    Shape shape = checked("apply", "x", x.shape());
    Samples.checkOutput(operation("apply"), "y", y, shape, "x", x);
    double range = high - low;
    transform(x, y, (v, centre, spread) -> low + range * ((v - centre) / spread));
  }

  @Override
  public void inverse(Tensor y, Tensor x) {
    Shape shape = checked("inverse", "y", y.shape());
    Samples.checkOutput(operation("inverse"), "x", x, shape, "y", y);
    double range = high - low;
    transform(y, x, (v, centre, spread) -> centre + spread * ((v - low) / range));
  }

  private String operation(String method) {
    return getClass().getSimpleName() + "." + method;
  }

  private Shape checked(String method, String argument, Shape data) {
    Check.that(
        fits(centre.shape(), data),
        operation(method),
        argument + "'s shape",
        data,
        "[samples, features...] with features that fit statistics of " + centre.shape());
    Samples.featureCount(operation(method), data);
    return data;
  }

  /** Whether the statistics' sizes are the first ones of a sample, whose other sizes share them. */
  private static boolean fits(Shape statistics, Shape data) {
    boolean fits = data.rank() >= Math.max(2, statistics.rank() + 1);
    for (int i = 0; fits && i < statistics.rank(); i++) {
      fits = statistics.dim(i) == data.dim(i + 1);
    }
    return fits;
  }

  private void transform(Tensor from, Tensor to, Formula formula) {
    if (from.elements() == 0) {
      return;
    }
    Hold.retain(from, to);
    try {
      double[] centres = centre.toDoubleArray();
      double[] spreads = spread.toDoubleArray();
      int features = (int) (from.elements() / from.dim(0));
      int block = Math.max(1, BLOCK_VALUES / features);
      int blocks = Math.toIntExact((from.dim(0) + block - 1) / block);
      WorkerPool.shared()
          .run(
              blocks,
              part -> {
                double[] sample = new double[features];
                long first = (long) part * block;
                for (long n = first; n < Math.min(from.dim(0), first + block); n++) {
                  Elements.load(from, n * features, sample);
                  change(sample, centres, spreads, formula);
                  Elements.store(sample, to, n * features);
                }
              });
    } finally {
      Hold.release(from, to);
    }
  }

  private static void change(double[] sample, double[] centres, double[] spreads, Formula formula) {
    int sharing = sample.length / centres.length;
    for (int s = 0; s < centres.length; s++) {
      for (int i = s * sharing; i < (s + 1) * sharing; i++) {
        sample[i] = formula.of(sample[i], centres[s], spreads[s]);
      }
    }
  }

  /** Returns float64 statistics as a tensor of a scope. */
  static Tensor tensor(Scope scope, double[] statistics, Shape shape) {
    Tensor tensor = scope.empty(DType.FLOAT64, shape);
    tensor.copyFrom(statistics);
    return tensor;
  }
}
