package dev.panorm.peers;

import static dev.panorm.bench.compare.NormData.present;
import static org.bytedeco.pytorch.global.torch.native_batch_norm;
import static org.bytedeco.pytorch.global.torch.native_batch_norm_backward;
import static org.bytedeco.pytorch.global.torch.native_group_norm;
import static org.bytedeco.pytorch.global.torch.native_group_norm_backward;
import static org.bytedeco.pytorch.global.torch.native_layer_norm;
import static org.bytedeco.pytorch.global.torch.native_layer_norm_backward;

import dev.panorm.bench.compare.Call;
import dev.panorm.bench.compare.Direction;
import dev.panorm.bench.compare.NormCase;
import dev.panorm.bench.compare.NormData;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.jspecify.annotations.Nullable;

/** The norms of libtorch on the memory of one case. */
final class TorchNorm {

  private static final double MOMENTUM = 0.1;

  private final NormCase norm;
  private final NormData data;
  private final double eps;
  private final long[] shape;
  private final Tensor x;
  private final Tensor dy;
  private final TensorOptional weight;
  private final TensorOptional bias;

  private TorchNorm(NormCase norm, NormData data) {
    this.norm = norm;
    this.data = data;
    eps = norm.spec().eps();
    shape = norm.shape().dims();
    x = wrapped(data.x());
    dy = wrapped(data.dy());
    weight = new TensorOptional(Natives.torch(present(data.affine().weight())));
    bias = new TensorOptional(Natives.torch(present(data.affine().bias())));
  }

  /** A kernel of libtorch: three results, which belong to the caller. */
  @FunctionalInterface
  private interface Kernel {
    T_TensorTensorTensor_T run();
  }

  /** Returns a norm ready to run; null where libtorch has no kernel of its own for it. */
  static @Nullable Call call(NormCase norm, Direction direction, NormData data) {
    TorchNorm torch = new TorchNorm(norm, data);
    return switch (norm.spec().kind()) {
      case LAYER -> torch.layer(direction);
      case BATCH -> torch.batch(direction);
      case GROUP -> torch.group(direction);
      case RMS, INSTANCE -> null;
    };
  }

  private Call layer(Direction direction) {
    long[] normalized = {norm.channels()};
    Kernel forward = () -> native_layer_norm(x, normalized, weight, bias, eps);
    if (direction != Direction.BWD) {
      return forward(forward);
    }
    T_TensorTensorTensor_T saved = forward.run();
    Tensor mean = new Tensor(saved.get1()); // a result of get1 dies with the three results
    Tensor rstd = new Tensor(saved.get2());
    BoolPointer all = all();
    return backward(
        () -> native_layer_norm_backward(dy, x, normalized, mean, rstd, weight, bias, all));
  }

  private Call batch(Direction direction) {
    boolean given = direction == Direction.EVAL;
    TensorOptional mean =
        new TensorOptional(Natives.torch(given ? data.mean() : data.runningMean()));
    TensorOptional variance =
        new TensorOptional(Natives.torch(given ? data.variance() : data.runningVariance()));
    Kernel forward =
        () -> native_batch_norm(x, weight, bias, mean, variance, !given, MOMENTUM, eps);
    if (direction != Direction.BWD) {
      return forward(forward);
    }
    T_TensorTensorTensor_T saved = forward.run();
    TensorOptional savedMean = new TensorOptional(saved.get1());
    TensorOptional savedRstd = new TensorOptional(saved.get2());
    BoolPointer all = all();
    return backward(
        () ->
            native_batch_norm_backward(
                dy, x, weight, mean, variance, savedMean, savedRstd, true, eps, all));
  }

  private Call group(Direction direction) {
    long samples = shape[0];
    long channels = norm.channels();
    long positions = norm.shape().elements() / samples / channels;
    Kernel forward =
        () ->
            native_group_norm(x, weight, bias, samples, channels, positions, NormCase.GROUPS, eps);
    if (direction != Direction.BWD) {
      return forward(forward);
    }
    T_TensorTensorTensor_T saved = forward.run();
    Tensor mean = new Tensor(saved.get1()); // a result of get1 dies with the three results
    Tensor rstd = new Tensor(saved.get2());
    BoolPointer all = all();
    return backward(
        () ->
            native_group_norm_backward(
                dy, x, mean, rstd, weight, samples, channels, positions, NormCase.GROUPS, all));
  }

  private static BoolPointer all() {
    return new BoolPointer(3).put(0, true).put(1, true).put(2, true);
  }

  private Call forward(Kernel kernel) {
    return new Results(kernel, List.of(wrapped(data.y())));
  }

  private Call backward(Kernel kernel) {
    List<Tensor> targets = new ArrayList<>();
    targets.add(wrapped(data.dx()));
    targets.add(Natives.torch(present(data.gradient().weight())));
    targets.add(Natives.torch(present(data.gradient().bias())));
    return new Results(kernel, targets);
  }

  private Tensor wrapped(dev.panorm.Tensor tensor) {
    return Natives.torch(tensor, Strides.dims(norm), Strides.of(norm));
  }

  /** Runs a kernel and keeps its results until the next run. */
  private static final class Results implements Call {

    private final Kernel kernel;
    private final List<Tensor> targets;
    private @Nullable T_TensorTensorTensor_T last;

    Results(Kernel kernel, List<Tensor> targets) {
      this.kernel = kernel;
      this.targets = targets;
    }

    @Override
    public String backend() {
      return "native";
    }

    @Override
    public void run() {
      close();
      last = kernel.run();
    }

    @Override
    public void deliver() {
      T_TensorTensorTensor_T results = last;
      if (results == null) {
        throw new IllegalStateException("torch: has not run");
      }
      List<Tensor> got = List.of(results.get0(), results.get1(), results.get2());
      for (int i = 0; i < targets.size(); i++) {
        targets.get(i).copy_(got.get(i));
      }
    }

    @Override
    public void close() {
      if (last != null) {
        last.close();
        last = null;
      }
    }
  }
}
