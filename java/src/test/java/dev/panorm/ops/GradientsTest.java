package dev.panorm.ops;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.Activation;
import dev.panorm.DType;
import dev.panorm.Layout;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.testkit.Oracle.Input;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Backward functions against central differences of the forward ones, in float64. */
@Tag("maps")
class GradientsTest {

  private static final double STEP = 1e-5;

  /**
   * The difference is off by STEP² · |f‴| / 6, below 1e-9 for the functions here, and by the
   * rounding of f over STEP, 1e-15 · 100 / 1e-5.
   */
  private static final double BOUND = 2e-8;

  /** y = f(x), and dx from x and dy. */
  private interface Forward {
    void run(Tensor x, Tensor y);
  }

  private interface Backward {
    void run(Tensor x, Tensor dy, Tensor dx);
  }

  private static void check(
      String name, Input data, Shape result, Forward forward, Backward backward) {
    try (Scope scope = Scope.open()) {
      Tensor x = data.tensor(scope, DType.FLOAT64);
      Tensor dy = Input.normal(99, 0, 1, result.dims()).tensor(scope, DType.FLOAT64);
      Tensor dx = scope.full(Double.NaN, DType.FLOAT64, x.shape());
      backward.run(x, dy, dx);
      double[] gradient = dx.toDoubleArray();
      double[] values = x.toDoubleArray();
      double[] upstream = dy.toDoubleArray();
      for (int i = 0; i < values.length; i++) {
        double high = objective(scope, values, i, STEP, upstream, result, forward);
        double low = objective(scope, values, i, -STEP, upstream, result, forward);
        double numeric = (high - low) / (2 * STEP);
        double error = Math.abs(gradient[i] - numeric);
        assertTrue(
            error <= BOUND * Math.max(1, Math.abs(numeric)),
            name + " element " + i + ": " + gradient[i] + ", by differences " + numeric);
      }
    }
  }

  /** Σ dy · f(x) with one element moved. */
  private static double objective(
      Scope scope,
      double[] values,
      int moved,
      double by,
      double[] upstream,
      Shape result,
      Forward forward) {
    double[] there = values.clone();
    there[moved] += by;
    Tensor x = scope.of(there);
    Tensor y = scope.empty(DType.FLOAT64, result);
    forward.run(x, y);
    double[] results = y.toDoubleArray();
    double sum = 0;
    for (int i = 0; i < results.length; i++) {
      sum += upstream[i] * results[i];
    }
    return sum;
  }

  @Test
  void activations() {
    Input x = Input.normal(1, 0, 2, 40);
    for (Activation f : Activation.values()) {
      check(
          f.toString(),
          x,
          x.shape(),
          (in, y) -> Activations.forward(f, in, y),
          (in, dy, dx) -> Activations.backward(f, in, dy, dx));
    }
  }

  @Test
  void softmax() {
    Shape shape = Shape.of(3, 4, 2);
    Input x = Input.normal(1, 0, 1, shape.dims());
    for (int d = 0; d < 3; d++) {
      int dim = d;
      check(
          "softmax",
          x,
          shape,
          (in, y) -> Softmax.softmax(in.view(shape), dim, y),
          (in, dy, dx) -> {
            Softmax.softmax(in, dim, dx);
            try (Scope scope = Scope.open()) {
              Softmax.softmaxBackward(scope.copyOf(dx), dim, dy, dx);
            }
          });
    }
  }

  @Test
  void losses() {
    Shape shape = Shape.of(4, 5);
    Input x = Input.normal(1, 0, 1, shape.dims());
    try (Scope scope = Scope.open()) {
      Tensor target = scope.of(new long[] {0, 4, 2, 2});
      Tensor weight = scope.of(new double[] {1, 2, 0.5, 1, 3});
      Tensor wanted = scope.full(0.25, DType.FLOAT64, shape);
      CrossEntropySpec spec = CrossEntropySpec.DEFAULT.withLabelSmoothing(0.1);
      check(
          "crossEntropy",
          x,
          Shape.of(),
          (in, y) -> Losses.crossEntropy(spec, in.view(shape), target, weight, y),
          (in, dy, dx) -> Losses.crossEntropyBackward(spec, in, target, weight, dy, dx));
      check(
          "crossEntropy of probabilities",
          x,
          Shape.of(),
          (in, y) -> Losses.crossEntropy(spec, in.view(shape), wanted, weight, y),
          (in, dy, dx) -> Losses.crossEntropyBackward(spec, in, wanted, weight, dy, dx));
      check(
          "mse",
          x,
          Shape.of(),
          (in, y) -> Losses.mse(LossReduction.MEAN, in.view(shape), wanted, y),
          (in, dy, dx) -> Losses.mseBackward(LossReduction.MEAN, in, wanted, dy, dx));
    }
  }

  @Test
  void convolutionsAndPooling() {
    try (Scope scope = Scope.open()) {
      for (Layout layout : Layout.values()) {
        Conv2dSpec spec =
            Conv2dSpec.DENSE
                .withStride(2, 1)
                .withPadding(1, 2)
                .withDilation(1, 2)
                .withGroups(2)
                .withLayout(layout);
        Shape images = Images.shape(layout, 2, 4, 5, 6);
        Tensor weight = Input.normal(2, 0, 1, 6, 2, 3, 2).tensor(scope, DType.FLOAT64);
        Tensor data = Input.normal(1, 0, 1, images.dims()).tensor(scope, DType.FLOAT64);
        Shape result = spec.outputShape(images, weight.shape());
        check(
            "conv2d of x",
            Input.normal(1, 0, 1, images.dims()),
            result,
            (in, y) -> Convolutions.conv2d(spec, in.view(images), weight, null, y),
            (in, dy, dx) -> Convolutions.conv2dInputGradient(spec, weight, dy, dx));
        check(
            "conv2d of the weight",
            Input.normal(2, 0, 1, 6, 2, 3, 2),
            result,
            (in, y) -> Convolutions.conv2d(spec, data, in.view(6, 2, 3, 2), null, y),
            (in, dy, dw) -> Convolutions.conv2dWeightGradient(spec, data, dy, dw));
        Pool2dSpec pool = Pool2dSpec.of(3, 2).withStride(2, 1).withPadding(1, 1).withLayout(layout);
        check(
            "avgPool2d",
            Input.normal(1, 0, 1, images.dims()),
            pool.outputShape(images),
            (in, y) -> Pooling.avgPool2d(pool, in.view(images), y),
            (in, dy, dx) -> Pooling.avgPool2dBackward(pool, dy, dx));
      }
    }
  }
}
