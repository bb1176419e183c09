package dev.panorm.bench.check;

import dev.panorm.DType;
import dev.panorm.Layout;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.ops.Conv2dSpec;
import dev.panorm.ops.Convolutions;
import dev.panorm.ops.Pool2dSpec;
import dev.panorm.ops.Pooling;
import dev.panorm.ops.Reductions;
import org.jspecify.annotations.Nullable;

/** Runs what slides windows over images: convolution and pooling. */
final class WindowRunner {

  private WindowRunner() {}

  static Conv2dSpec conv2dSpec(Case subject) {
    long[] stride = subject.integers("stride");
    long[] padding = subject.integers("padding");
    long[] dilation = subject.integers("dilation");
    return Conv2dSpec.DENSE
        .withStride(stride[0], stride[1])
        .withPadding(padding[0], padding[1])
        .withDilation(dilation[0], dilation[1])
        .withGroups(subject.integer("groups"))
        .withLayout(layout(subject));
  }

  private static Layout layout(Case subject) {
    return Layout.valueOf(subject.text("layout"));
  }

  static void conv2d(Run run) {
    Conv2dSpec spec = conv2dSpec(run.subject());
    Tensor x = run.input("x");
    Tensor weight = run.input("weight");
    @Nullable Tensor bias = run.optional("bias");
    Tensor dy = run.input("dy");
    Tensor y = run.room(spec.outputShape(x.shape(), weight.shape()));
    Tensor dx = run.room(x.shape());
    Tensor dweight = run.room(weight.shape());
    @Nullable Tensor dbias = run.roomLike(bias);
    Convolutions.conv2d(spec, x, weight, bias, y);
    Convolutions.conv2dInputGradient(spec, weight, dy, dx);
    Convolutions.conv2dWeightGradient(spec, x, dy, dweight);
    if (dbias != null) {
      int channels = layout(run.subject()) == Layout.NCHW ? 1 : 3;
      Reductions.sum(dy, dbias.view(Shape.of(1, 1, 1, 1).with(channels, dbias.elements())));
    }
    run.result("y", y);
    run.result("dx", dx);
    run.result("dweight", dweight);
    run.result("dbias", dbias);
  }

  private static Pool2dSpec poolSpec(Case subject) {
    long[] kernel = subject.integers("kernel");
    long[] stride = subject.integers("stride");
    long[] padding = subject.integers("padding");
    return Pool2dSpec.of(kernel[0], kernel[1])
        .withStride(stride[0], stride[1])
        .withPadding(padding[0], padding[1])
        .withCeilMode(subject.flag("ceil_mode"))
        .withLayout(layout(subject));
  }

  static void maxPool(Run run) {
    long[] dilation = run.subject().integers("dilation");
    Pool2dSpec spec = poolSpec(run.subject()).withDilation(dilation[0], dilation[1]);
    Tensor x = run.input("x");
    Shape shape = spec.outputShape(x.shape());
    Tensor y = run.room(shape);
    Tensor indices = run.scope().empty(DType.INT64, shape);
    Tensor dx = run.room(x.shape());
    Pooling.maxPool2d(spec, x, y, indices);
    Pooling.maxPool2dBackward(spec, indices, run.input("dy"), dx);
    run.result("y", y);
    run.result("indices", indices);
    run.result("dx", dx);
  }

  static void avgPool(Run run) {
    Pool2dSpec spec =
        poolSpec(run.subject()).withCountIncludePad(run.subject().flag("count_include_pad"));
    Tensor x = run.input("x");
    Tensor y = run.room(spec.outputShape(x.shape()));
    Tensor dx = run.room(x.shape());
    Pooling.avgPool2d(spec, x, y);
    Pooling.avgPool2dBackward(spec, run.input("dy"), dx);
    run.result("y", y);
    run.result("dx", dx);
  }
}
