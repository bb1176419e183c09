package dev.panorm.ops;

import dev.panorm.Layout;
import dev.panorm.Shape;
import dev.panorm.testkit.Oracle;
import dev.panorm.testkit.Oracle.Input;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("convolutions")
class ConvolutionsTest {

  private static final String CPU = "dev.panorm.testkit.BackendTest#cpu";

  /**
   * Sums of up to 18,000 products in float32 blocks of at most some hundred each: measured errors
   * are below a third of the goldens' 1e-6, which is the bound here too.
   */
  private static final double BOUND = 1e-6;

  /** Case: spec, x as N, C, H, W, and the weight. */
  private record Case(
      Layout layout, Conv2dSpec spec, long n, long c, long h, long w, Shape weight) {

    Shape x() {
      return Images.shape(layout, n, c, h, w);
    }

    Shape y() {
      return spec.outputShape(x(), weight);
    }
  }

  private static List<Case> cases(Layout layout) {
    Conv2dSpec dense = Conv2dSpec.DENSE.withLayout(layout);
    return List.of(
        new Case(layout, dense.withPadding(1, 1), 3, 5, 9, 11, Shape.of(7, 5, 3, 3)),
        new Case(layout, dense.withPadding(1, 1), 64, 3, 28, 28, Shape.of(4, 3, 3, 3)),
        new Case(layout, dense, 2, 4, 7, 6, Shape.of(3, 4, 2, 5)),
        new Case(
            layout, dense.withStride(2, 3).withPadding(2, 1), 2, 3, 11, 13, Shape.of(4, 3, 5, 3)),
        new Case(layout, dense.withStride(3, 1), 1, 2, 10, 9, Shape.of(4, 2, 2, 2)),
        new Case(
            layout, dense.withDilation(2, 3).withPadding(2, 3), 2, 3, 9, 10, Shape.of(4, 3, 3, 3)),
        new Case(layout, dense.withGroups(3).withPadding(1, 1), 2, 6, 8, 7, Shape.of(9, 2, 3, 3)),
        new Case(layout, dense.withGroups(5), 2, 5, 6, 6, Shape.of(5, 1, 3, 3)),
        new Case(layout, dense, 3, 17, 5, 7, Shape.of(9, 17, 1, 1)),
        new Case(layout, dense.withGroups(2), 3, 4, 5, 7, Shape.of(6, 2, 1, 1)),
        new Case(layout, dense.withStride(2, 2), 2, 4, 5, 7, Shape.of(3, 4, 1, 1)),
        new Case(layout, dense.withPadding(3, 3), 8, 1, 1, 1, Shape.of(2, 1, 3, 3)),
        // Rows that are no multiple of a vector, an odd number of vectors, groups, dilation.
        new Case(layout, dense.withPadding(1, 2), 2, 4, 9, 21, Shape.of(8, 4, 3, 3)),
        new Case(layout, dense.withGroups(3).withPadding(1, 1), 2, 6, 7, 16, Shape.of(9, 2, 3, 3)),
        new Case(
            layout, dense.withDilation(2, 2).withPadding(1, 3), 1, 5, 13, 18, Shape.of(6, 5, 3, 3)),
        // Chains long enough to be cut.
        new Case(layout, dense.withPadding(1, 1), 2, 96, 8, 16, Shape.of(7, 96, 3, 3)),
        // Tiles of 2x2: whole vectors, odd rows and columns, groups, no padding and much, rest of
        // channels, more rows than a block holds.
        new Case(layout, dense.withPadding(1, 1), 3, 8, 16, 16, Shape.of(12, 8, 3, 3)),
        new Case(layout, dense.withPadding(0, 2), 2, 9, 9, 29, Shape.of(11, 9, 3, 3)),
        new Case(
            layout, dense.withGroups(2).withPadding(2, 1), 2, 34, 7, 30, Shape.of(16, 17, 3, 3)),
        new Case(layout, dense, 1, 16, 131, 33, Shape.of(19, 16, 3, 3)),
        // Kernels of more columns than a tile, samples in several blocks, groups of a whole tile.
        new Case(layout, dense.withPadding(2, 3), 2, 4, 17, 37, Shape.of(10, 4, 5, 7)),
        new Case(layout, dense.withPadding(1, 1), 19, 3, 18, 20, Shape.of(9, 3, 3, 5)),
        new Case(layout, dense.withGroups(2).withPadding(0, 1), 3, 6, 9, 16, Shape.of(16, 3, 2, 4)),
        new Case(
            layout, dense.withDilation(2, 3).withPadding(2, 1), 3, 4, 11, 25, Shape.of(9, 4, 3, 3)),
        // More output rows than one block of windows holds.
        new Case(layout, dense.withPadding(1, 1), 2, 32, 40, 60, Shape.of(2, 32, 3, 3)));
  }

  @ParameterizedTest
  @MethodSource(CPU)
  void convolutionsAndTheirGradientsMatchFloat64(String backend) {
    for (Layout layout : Layout.values()) {
      for (Case c : cases(layout)) {
        Input x = Input.normal(1, 0.5, 1, c.x().dims());
        Input weight = Input.normal(2, 0, 1, c.weight.dims());
        Input bias = Input.normal(3, 0, 1, c.weight.dim(0));
        Input dy = Input.normal(4, 0, 1, c.y().dims());
        Oracle.agrees(
            backend,
            BOUND,
            c.y(),
            (in, y) -> Convolutions.conv2d(c.spec, in[0], in[1], in[2], y),
            x,
            weight,
            bias);
        Oracle.agrees(
            backend,
            BOUND,
            c.y(),
            (in, y) -> Convolutions.conv2d(c.spec, in[0], in[1], null, y),
            x,
            weight);
        Oracle.agrees(
            backend,
            BOUND,
            c.x(),
            (in, dx) -> Convolutions.conv2dInputGradient(c.spec, in[0], in[1], dx),
            weight,
            dy);
        Oracle.agrees(
            backend,
            BOUND,
            weight.shape(),
            (in, dw) -> Convolutions.conv2dWeightGradient(c.spec, in[0], in[1], dw),
            x,
            dy);
      }
    }
  }
}
