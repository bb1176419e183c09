package dev.panorm.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.DType;
import dev.panorm.Layout;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.testkit.BackendTest;
import dev.panorm.testkit.Oracle;
import dev.panorm.testkit.Oracle.Input;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PoolingTest {

  private static final String CPU = "dev.panorm.testkit.BackendTest#cpu";

  /** At most nine float32 additions, each with an error of 2^-24 of the sum of magnitudes. */
  private static final double BOUND = 9 * 0x1p-24;

  private static final long[][] SIZES = {
    {2, 3, 8, 10}, {1, 9, 7, 23}, {3, 2, 28, 28}, {2, 5, 3, 3}
  };

  private static List<Pool2dSpec> undilated(Layout layout) {
    return List.of(
        Pool2dSpec.of(2, 2).withLayout(layout),
        Pool2dSpec.of(3, 3).withStride(2, 2).withPadding(1, 1).withLayout(layout),
        Pool2dSpec.of(3, 3).withStride(1, 1).withPadding(1, 1).withLayout(layout),
        Pool2dSpec.of(3, 2).withStride(2, 3).withCeilMode(true).withLayout(layout),
        Pool2dSpec.of(2, 3)
            .withStride(2, 2)
            .withPadding(1, 1)
            .withCeilMode(true)
            .withCountIncludePad(false)
            .withLayout(layout),
        Pool2dSpec.of(3, 3).withStride(3, 3).withLayout(layout));
  }

  private static Shape images(Layout layout, long[] size) {
    return Images.shape(layout, size[0], size[1], size[2], size[3]);
  }

  @ParameterizedTest
  @MethodSource(CPU)
  void averagesMatchFloat64(String backend) {
    for (Layout layout : Layout.values()) {
      for (Pool2dSpec spec : undilated(layout)) {
        for (long[] size : SIZES) {
          Shape x = images(layout, size);
          Shape y = spec.outputShape(x);
          Oracle.agrees(
              backend,
              BOUND,
              y,
              (in, to) -> Pooling.avgPool2d(spec, in[0], to),
              Input.normal(1, 0, 1, x.dims()));
          Oracle.agrees(
              backend,
              BOUND,
              x,
              (in, to) -> Pooling.avgPool2dBackward(spec, in[0], to),
              Input.normal(2, 0, 1, y.dims()));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource(CPU)
  void maximaTheirPlacesAndGradientsMatchFloat64(String backend) {
    for (Layout layout : Layout.values()) {
      for (Pool2dSpec spec : undilated(layout)) {
        for (long[] size : SIZES) {
          maxima(backend, spec, images(layout, size));
        }
      }
      Pool2dSpec dilated =
          Pool2dSpec.of(2, 2).withStride(1, 1).withDilation(2, 2).withLayout(layout);
      maxima(backend, dilated, images(layout, new long[] {2, 3, 8, 10}));
      maxima(backend, dilated.withStride(2, 2), images(layout, new long[] {2, 3, 8, 10}));
    }
  }

  private static void maxima(String backend, Pool2dSpec spec, Shape x) {
    Shape y = spec.outputShape(x);
    Input data = Input.normal(1, 0, 1, x.dims());
    Input dy = Input.normal(2, 0, 1, y.dims());
    Oracle.agrees(backend, 0, y, (in, to) -> Pooling.maxPool2d(spec, in[0], to, null), data);
    Oracle.agrees(
        backend,
        BOUND,
        x,
        (in, to) -> {
          try (Scope scope = Scope.open()) {
            Tensor indices = scope.empty(DType.INT64, y);
            Pooling.maxPool2d(spec, in[0], scope.empty(to.dtype(), y), indices);
            Pooling.maxPool2dBackward(spec, indices, in[1], to);
          }
        },
        data,
        dy);
    Oracle.agrees(
        backend,
        0,
        y,
        (in, to) -> {
          try (Scope scope = Scope.open()) {
            Tensor indices = scope.empty(DType.INT64, y);
            Pooling.maxPool2d(spec, in[0], scope.empty(to.dtype(), y), indices);
            Pooling.maxPool2dGather(spec, in[0], indices, to);
          }
        },
        data);
  }

  @ParameterizedTest
  @MethodSource(CPU)
  void tiesGoToTheFirstAndNanToTheLast(String backend) {
    try (Scope scope = Scope.open()) {
      float nan = Float.NaN;
      float low = Float.NEGATIVE_INFINITY;
      Tensor x = scope.of(new float[] {1, 1, nan, 2, low, low, 1, 1, 3, nan, low, low}, 1, 1, 2, 6);
      Tensor y = scope.empty(DType.FLOAT32, 1, 1, 1, 3);
      Tensor indices = scope.empty(DType.INT64, y.shape());
      BackendTest.on(backend, () -> Pooling.maxPool2d(Pool2dSpec.of(2, 2), x, y, indices));
      assertArrayEquals(new long[] {0, 9, 4}, indices.toLongArray());
      assertTrue(Double.isNaN(y.get(1)));
      assertArrayEquals(new double[] {1, low}, new double[] {y.get(0), y.get(2)});
    }
  }
}
