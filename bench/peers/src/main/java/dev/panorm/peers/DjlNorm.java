package dev.panorm.peers;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import dev.panorm.Activation;
import dev.panorm.Layout;
import dev.panorm.Tensor;
import dev.panorm.bench.compare.Call;
import dev.panorm.bench.compare.UnavailableException;
import dev.panorm.bench.task.Direction;
import dev.panorm.bench.task.NormData;
import dev.panorm.bench.task.NormTask;
import dev.panorm.ops.NormSpec;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The norms of DJL, which has memory of its own. Its backward is autograd's, on a graph that is
 * kept; it adds to the gradients of the call before.
 */
final class DjlNorm {

  private static final float MOMENTUM = 0.9f;

  private final NDManager memory;
  private final NormTask task;
  private final NormData data;

  DjlNorm(NDManager base, NormTask task) {
    memory = base.newSubManager();
    this.task = task;
    data = task.data();
    NormSpec spec = task.norm().spec();
    NormSpec.Kind kind = spec.kind();
    if (kind != NormSpec.Kind.LAYER && kind != NormSpec.Kind.BATCH) {
      throw new UnavailableException("it has no such norm");
    }
    if (task.adds() || spec.activation() != Activation.IDENTITY) {
      throw new UnavailableException("it fuses nothing with a norm");
    }
    if (kind == NormSpec.Kind.BATCH && spec.layout() == Layout.NHWC) {
      throw new UnavailableException("its batch norm takes channels at dimension 1 only");
    }
  }

  Call call() {
    NDArray x = copied(data.x());
    NDArray weight = copied(NormData.present(data.affine().weight()));
    NDArray bias = copied(NormData.present(data.affine().bias()));
    boolean given = task.part() == Direction.EVAL;
    NDArray mean = copied(given ? data.mean() : data.runningMean());
    NDArray variance = copied(given ? data.variance() : data.runningVariance());
    float eps = (float) task.norm().spec().eps();
    Shape normalized = new Shape(task.norm().channels());
    Forward forward =
        task.norm().spec().kind() == NormSpec.Kind.LAYER
            ? () -> LayerNorm.layerNorm(x, normalized, weight, bias, eps)
            : () -> BatchNorm.batchNorm(x, mean, variance, weight, bias, 1, MOMENTUM, eps, !given);
    if (task.part() != Direction.BWD) {
      return new Run(forward);
    }
    List<NDArray> inputs = List.of(x, weight, bias);
    inputs.forEach(input -> input.setRequiresGradient(true));
    try (GradientCollector _ = Engine.getEngine(Djl.ENGINE).newGradientCollector()) {
      return new Gradient(inputs, forward.run().singletonOrThrow(), copied(data.dy()));
    }
  }

  /** A norm of DJL. */
  @FunctionalInterface
  private interface Forward {
    NDList run();
  }

  private NDArray copied(Tensor tensor) {
    NDArray array = memory.create(new Shape(tensor.shape().dims()), DataType.FLOAT32);
    array.set(FloatBuffer.wrap(tensor.toFloatArray()));
    return array;
  }

  /** Forward; its result lives until the next run. */
  private final class Run implements Call {

    private final Forward forward;
    private @Nullable NDList last;

    Run(Forward forward) {
      this.forward = forward;
    }

    @Override
    public String backend() {
      return "libtorch";
    }

    @Override
    public void run() {
      if (last != null) {
        last.close();
      }
      last = forward.run();
    }

    @Override
    public void deliver() {
      if (last != null) {
        data.y().copyFrom(last.singletonOrThrow().toFloatArray());
      }
    }

    @Override
    public void close() {
      memory.close();
    }
  }

  /** Backward of a graph that is kept. */
  private final class Gradient implements Call {

    private final List<NDArray> inputs;
    private final NDArray y;
    private final NDArray dy;

    Gradient(List<NDArray> inputs, NDArray y, NDArray dy) {
      this.inputs = inputs;
      this.y = y;
      this.dy = dy;
    }

    @Override
    public String backend() {
      return "autograd";
    }

    @Override
    public void run() {
      JniUtils.backward((PtNDArray) y, (PtNDArray) dy, true, false);
    }

    @Override
    public void deliver() {
      List<Tensor> targets = new ArrayList<>(task.results());
      for (int i = 0; i < targets.size(); i++) {
        try (NDArray gradient = inputs.get(i).getGradient()) {
          targets.get(i).copyFrom(gradient.toFloatArray());
        }
      }
    }

    @Override
    public void close() {
      memory.close();
    }
  }
}
