package dev.panorm.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.panorm.Activation;
import dev.panorm.DType;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.backend.AdamRule;
import dev.panorm.backend.SgdRule;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Each bad argument is one exception that names it, and nothing is written before it. */
class OpsBadInputTest {

  private final Scope scope = Scope.open();
  private final Tensor x = scope.full(1, DType.FLOAT32, Shape.of(2, 3));
  private final Tensor y = scope.full(7, DType.FLOAT32, Shape.of(2, 3));
  private final Tensor wide = scope.full(1, DType.FLOAT64, Shape.of(2, 3));
  private final Tensor images = scope.full(1, DType.FLOAT32, Shape.of(1, 2, 4, 4));

  @AfterEach
  void nothingWasWritten() {
    assertArrayEquals(new float[] {7, 7, 7, 7, 7, 7}, y.toFloatArray());
    scope.close();
  }

  private static void refused(String message, Executable call) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call);
    assertTrue(
        String.valueOf(e.getMessage()).startsWith(message),
        () -> "message is: " + e.getMessage() + "; expected it to begin with: " + message);
  }

  @Test
  void wrongShapesAndTypes() {
    Tensor four = scope.ones(DType.FLOAT32, 4);
    refused("add: b has shape [4], expected", () -> Elementwise.add(x, four, y));
    refused("add: b has dtype float64, expected float32", () -> Elementwise.add(x, wide, y));
    refused("exp: y has shape [4], expected [2, 3]", () -> Elementwise.exp(x, four));
    refused("exp: y has dtype float64", () -> Elementwise.exp(x, wide));
    refused("relu: x has dtype int64", () -> Activations.forward(Activation.RELU, indices(1), y));
    refused("sum: b has shape [4]", () -> Reductions.sum(x, four));
    refused(
        "max: x is empty", () -> Reductions.max(scope.empty(DType.FLOAT32, 0, 3), x.slice(0, 1)));
    refused("argmax: indices has dtype", () -> Reductions.argmax(x, 1, y));
    refused("shape: dimension 2", () -> Softmax.softmax(x, 2, y));
    refused("mm: b's shape is [2, 3]", () -> LinearAlgebra.mm(false, false, x, x, y));
    refused("mm: c's shape is [2, 3]", () -> LinearAlgebra.mm(false, true, x, x, y));
    refused("bmm: a's shape is [2, 3]", () -> LinearAlgebra.bmm(false, true, x, x, y));
    refused("linear: weight's shape is [4]", () -> LinearAlgebra.linear(x, four, null, y));
    refused(
        "linear: bias", () -> LinearAlgebra.linear(x, scope.ones(DType.FLOAT32, 3, 3), four, y));
    refused("permute: order is repeated", () -> Copies.permute(x, new int[] {0, 0}, y));
    refused("expand: b has shape [4]", () -> Copies.expand(x, four));
  }

  @Test
  void wrongOptions() {
    refused("clamp: high is 0.0, expected", () -> Elementwise.clamp(x, 1, 0, y));
    refused(
        "crossEntropy: labelSmoothing is NaN",
        () -> CrossEntropySpec.DEFAULT.withLabelSmoothing(Double.NaN));
    refused("conv2d: stride is 0 x 1", () -> Conv2dSpec.DENSE.withStride(0, 1));
    refused("conv2d: padding is -1 x 0", () -> Conv2dSpec.DENSE.withPadding(-1, 0));
    refused("conv2d: dilation is 1 x 0", () -> Conv2dSpec.DENSE.withDilation(1, 0));
    refused("conv2d: groups is -1", () -> Conv2dSpec.DENSE.withGroups(-1));
    refused("pool2d: kernel is 0 x 2", () -> Pool2dSpec.of(0, 2));
    refused("pool2d: padding is 2 x 1", () -> Pool2dSpec.of(3, 3).withPadding(2, 1));
    refused(
        "avgPool2d: dilation",
        () -> Pooling.avgPool2d(Pool2dSpec.of(2, 2).withDilation(2, 2), images, images));
    refused(
        "adam: step is 0",
        () -> Updates.adam(new AdamRule(1, 0, 0, 0, 0, false), 0, y, x, wide, wide, null));
    refused(
        "sgd: buffer is missing",
        () -> Updates.sgd(new SgdRule(0.1, 0.9, 0, false, 0), true, y, x, null));
    refused(
        "sgd: buffer came", () -> Updates.sgd(new SgdRule(0.1, 0, 0, false, 0), true, y, x, wide));
  }

  @Test
  void wrongImages() {
    Tensor weight = scope.ones(DType.FLOAT32, 3, 2, 3, 3);
    Tensor result = scope.ones(DType.FLOAT32, 1, 3, 2, 2);
    Conv2dSpec dense = Conv2dSpec.DENSE;
    refused(
        "conv2d: x's shape is [2, 3]", () -> Convolutions.conv2d(dense, x, weight, null, result));
    refused(
        "conv2d: weight's shape is [3, 2, 3, 3], expected",
        () -> Convolutions.conv2d(dense.withGroups(2), images, weight, null, result));
    refused(
        "conv2d: y has shape [1, 3, 2, 2], expected [1, 3, 4, 4]",
        () -> Convolutions.conv2d(dense.withPadding(1, 1), images, weight, null, result));
    refused(
        "conv2d: x's plane is 4 x 4",
        () -> Convolutions.conv2d(dense.withDilation(2, 2), images, weight, null, result));
    refused(
        "maxPool2d: y has shape",
        () -> Pooling.maxPool2d(Pool2dSpec.of(2, 2), images, images, null));
  }

  @Test
  void indicesOutsideTheirRange() {
    Tensor loss = y.view(6).slice(0, 1);
    refused(
        "crossEntropy: target is 3 at position 1, expected 0 to 2",
        () -> Losses.crossEntropy(CrossEntropySpec.DEFAULT, x, indices(0, 3), null, loss));
    refused(
        "crossEntropy: target is -1 at position 0",
        () -> Losses.crossEntropy(CrossEntropySpec.DEFAULT, x, indices(-1, 0), null, loss));
    Tensor small = scope.ones(DType.FLOAT32, 1, 1, 1, 1);
    Tensor plane = y.view(1, 1, 2, 3);
    Pool2dSpec spec = Pool2dSpec.of(2, 3);
    for (long bad : new long[] {-1, 6, Long.MAX_VALUE, Long.MIN_VALUE}) {
      Tensor chosen = scope.of(new long[] {bad}, 1, 1, 1, 1);
      refused(
          "maxPool2d backward: indices",
          () -> Pooling.maxPool2dBackward(spec, chosen, small, plane));
      refused(
          "maxPool2d gather: indices", () -> Pooling.maxPool2dGather(spec, plane, chosen, small));
    }
  }

  @Test
  void outputsThatOverlapInputs() {
    Tensor all = scope.full(1, DType.FLOAT32, Shape.of(3, 3));
    Tensor first = all.slice(0, 2);
    Tensor last = all.slice(1, 3);
    refused("exp: y overlaps x", () -> Elementwise.exp(first, last));
    refused("add: y overlaps b", () -> Elementwise.add(x, first, last));
    refused("sum: y overlaps x", () -> Reductions.sum(first, all.slice(0, 1).view(3)));
    refused("softmax: y overlaps x", () -> Softmax.softmax(first, 1, last));
    refused("transpose: y overlaps x", () -> Copies.transpose(all, all));
    refused(
        "linear: y overlaps x",
        () ->
            LinearAlgebra.linear(
                all,
                y.view(2, 3).slice(0, 1).view(1, 3),
                null,
                all.view(9).slice(0, 3).view(3, 1)));
    assertEquals(9, sum(all));
  }

  @Test
  void deadTensors() {
    Tensor dead;
    try (Scope inner = Scope.open()) {
      dead = inner.ones(DType.FLOAT32, 2, 3);
    }
    assertThrows(IllegalStateException.class, () -> Elementwise.add(x, dead, y));
    assertThrows(IllegalStateException.class, () -> Activations.forward(Activation.TANH, dead, y));
    assertThrows(IllegalStateException.class, () -> Softmax.softmax(dead, 1, y));
    // Nothing stays held: closing the scope of the others gives their memory back.
    assertTrue(x.isAlive());
  }

  private Tensor indices(long... values) {
    return scope.of(values);
  }

  private static double sum(Tensor tensor) {
    double sum = 0;
    for (double value : tensor.toDoubleArray()) {
      sum += value;
    }
    return sum;
  }
}
