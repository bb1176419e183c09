package dev.panorm.peers;

import static dev.panorm.bench.task.NormData.present;
import static org.bytedeco.pytorch.global.torch.gelu;
import static org.bytedeco.pytorch.global.torch.gelu_backward;
import static org.bytedeco.pytorch.global.torch.instance_norm;
import static org.bytedeco.pytorch.global.torch.native_batch_norm;
import static org.bytedeco.pytorch.global.torch.native_batch_norm_backward;
import static org.bytedeco.pytorch.global.torch.native_group_norm;
import static org.bytedeco.pytorch.global.torch.native_group_norm_backward;
import static org.bytedeco.pytorch.global.torch.native_layer_norm;
import static org.bytedeco.pytorch.global.torch.native_layer_norm_backward;
import static org.bytedeco.pytorch.global.torch.relu_;
import static org.bytedeco.pytorch.global.torch.rms_norm;
import static org.bytedeco.pytorch.global.torch.silu;
import static org.bytedeco.pytorch.global.torch.silu_backward;
import static org.bytedeco.pytorch.global.torch.threshold_backward;

import dev.panorm.Activation;
import dev.panorm.bench.compare.Call;
import dev.panorm.bench.compare.UnavailableException;
import dev.panorm.bench.task.Direction;
import dev.panorm.bench.task.NormCase;
import dev.panorm.bench.task.NormData;
import dev.panorm.bench.task.NormTask;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/** The norms of libtorch on the memory of one task. */
final class TorchNorm {

  private static final double MOMENTUM = 0.1;

  private final NormTask task;
  private final NormCase norm;
  private final NormData data;
  private final double eps;
  private final Tensor x;
  private final Tensor dy;
  private final Tensor weights;
  private final TensorOptional weight;
  private final TensorOptional bias;
  private final long samples;
  private final long positions;
  private final BoolPointer all = new BoolPointer(3).put(0, true).put(1, true).put(2, true);

  private TorchNorm(NormTask task) {
    this.task = task;
    norm = task.norm();
    data = task.data();
    eps = norm.spec().eps();
    x = wrapped(data.x());
    dy = wrapped(data.dy());
    weights = Natives.torch(present(data.affine().weight()));
    weight = new TensorOptional(weights);
    bias =
        data.affine().bias() == null
            ? new TensorOptional()
            : new TensorOptional(Natives.torch(data.affine().bias()));
    samples = norm.shape().dim(0);
    positions = norm.shape().elements() / samples / norm.channels();
  }

  /** Three results, which belong to the caller. */
  @FunctionalInterface
  private interface Forward {
    T_TensorTensorTensor_T run(Tensor x);
  }

  /** Three gradients, which belong to the caller. */
  @FunctionalInterface
  private interface Backward {
    T_TensorTensorTensor_T run(Tensor dz, Tensor mean, Tensor rstd);
  }

  /** Returns a norm ready to run. */
  static Call call(NormTask task) {
    TorchNorm torch = new TorchNorm(task);
    return switch (task.norm().spec().kind()) {
      case LAYER -> torch.layer();
      case BATCH -> torch.batch();
      case GROUP -> torch.group();
      case RMS -> torch.rms();
      case INSTANCE -> torch.instance();
    };
  }

  private Call layer() {
    long[] normalized = {norm.channels()};
    return call(
        input -> native_layer_norm(input, normalized, weight, bias, eps),
        (dz, mean, rstd) ->
            native_layer_norm_backward(
                dz, wrapped(data.normalized()), normalized, mean, rstd, weight, bias, all));
  }

  private Call batch() {
    boolean given = task.part() == Direction.EVAL;
    TensorOptional mean =
        new TensorOptional(Natives.torch(given ? data.mean() : data.runningMean()));
    TensorOptional variance =
        new TensorOptional(Natives.torch(given ? data.variance() : data.runningVariance()));
    return call(
        input -> native_batch_norm(input, weight, bias, mean, variance, !given, MOMENTUM, eps),
        (dz, savedMean, savedRstd) ->
            native_batch_norm_backward(
                dz,
                x,
                weight,
                mean,
                variance,
                new TensorOptional(savedMean),
                new TensorOptional(savedRstd),
                true,
                eps,
                all));
  }

  private Call group() {
    return call(
        input ->
            native_group_norm(
                input, weight, bias, samples, norm.channels(), positions, NormCase.GROUPS, eps),
        (dz, mean, rstd) ->
            native_group_norm_backward(
                dz,
                x,
                mean,
                rstd,
                weight,
                samples,
                norm.channels(),
                positions,
                NormCase.GROUPS,
                all));
  }

  private Call rms() {
    long[] normalized = {norm.channels()};
    DoubleOptional epsilon = new DoubleOptional(eps);
    if (!task.adds()) {
      return derived(() -> rms_norm(x, normalized, weight, epsilon), List.of(x, weights));
    }
    Tensor residual = wrapped(present(data.residual()));
    if (task.part() != Direction.BWD) {
      return new TorchCall(
          "add, rms_norm",
          results -> {
            Tensor sum = results.own(x.add(residual));
            results.give(results.own(rms_norm(sum, normalized, weight, epsilon)), sum);
          },
          targets());
    }
    Tensor sum = wrapped(data.normalized());
    Tensor dsum = wrapped(present(data.dsum()));
    TorchCall.Work backward =
        TorchGradient.of(
            () -> rms_norm(sum, normalized, weight, epsilon), List.of(sum, weights), dy);
    return new TorchCall(
        "autograd, add",
        results -> {
          backward.run(results);
          results.first().add_(dsum);
        },
        targets());
  }

  private Call instance() {
    TensorOptional none = new TensorOptional();
    return derived(
        () -> instance_norm(x, weight, bias, none, none, true, MOMENTUM, eps, false),
        List.of(x, weights, bias.get()));
  }

  /** A norm whose backward is autograd's. */
  private Call derived(Supplier<Tensor> forward, List<Tensor> inputs) {
    if (task.part() == Direction.BWD) {
      return new TorchCall("autograd", TorchGradient.of(forward, inputs, dy), targets());
    }
    return new TorchCall("native", results -> results.give(results.own(forward.get())), targets());
  }

  /** A norm with kernels of its own, and what is not fused with it as calls before and after. */
  private Call call(Forward forward, Backward backward) {
    return task.part() == Direction.BWD ? backward(forward, backward) : forward(forward);
  }

  private Call forward(Forward forward) {
    Activation activation = norm.spec().activation();
    if (!task.adds()) {
      return new TorchCall(
          named("native"),
          results ->
              results.give(activated(activation, results, results.own(forward.run(x)).get0())),
          targets());
    }
    Tensor residual = wrapped(present(data.residual()));
    return new TorchCall(
        "add, native",
        results -> {
          Tensor sum = results.own(x.add(residual));
          results.give(results.own(forward.run(sum)).get0(), sum);
        },
        targets());
  }

  private Call backward(Forward forward, Backward backward) {
    T_TensorTensorTensor_T saved = forward.run(task.adds() ? wrapped(data.normalized()) : x);
    Tensor z = new Tensor(saved.get0());
    Tensor mean = new Tensor(saved.get1()); // a result of get1 dies with the three results
    Tensor rstd = new Tensor(saved.get2());
    Activation activation = norm.spec().activation();
    Tensor dsum = task.adds() ? wrapped(present(data.dsum())) : null;
    return new TorchCall(
        named("native"),
        results -> {
          Tensor dz = before(activation, results, z);
          T_TensorTensorTensor_T got = results.own(backward.run(dz, mean, rstd));
          Tensor dx = got.get0();
          results.give(dsum == null ? dx : dx.add_(dsum), got.get1(), got.get2());
        },
        targets());
  }

  private String named(String kernel) {
    Activation activation = norm.spec().activation();
    return activation == Activation.IDENTITY
        ? kernel
        : kernel + ", " + activation.toString().toLowerCase(Locale.ROOT);
  }

  private static Tensor activated(Activation activation, TorchCall.Results results, Tensor z) {
    return switch (activation) {
      case IDENTITY -> z;
      case RELU -> relu_(z);
      case SILU -> results.own(silu(z));
      case GELU -> results.own(gelu(z));
      default -> throw new UnavailableException("torch: " + activation + " is not asked for");
    };
  }

  private Tensor before(Activation activation, TorchCall.Results results, Tensor z) {
    return switch (activation) {
      case IDENTITY -> dy;
      case RELU -> results.own(threshold_backward(dy, z, new Scalar(0f)));
      case SILU -> results.own(silu_backward(dy, z));
      case GELU -> results.own(gelu_backward(dy, z));
      default -> throw new UnavailableException("torch: " + activation + " is not asked for");
    };
  }

  private List<Tensor> targets() {
    List<Tensor> targets = new ArrayList<>();
    for (dev.panorm.Tensor result : task.results()) {
      targets.add(result.shape().equals(norm.shape()) ? wrapped(result) : Natives.torch(result));
    }
    return targets;
  }

  private Tensor wrapped(dev.panorm.Tensor tensor) {
    return Natives.torch(tensor, Strides.dims(norm), Strides.of(norm));
  }
}
