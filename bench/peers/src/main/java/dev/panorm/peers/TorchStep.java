package dev.panorm.peers;

import static org.bytedeco.pytorch.global.torch.batch_norm;
import static org.bytedeco.pytorch.global.torch.conv2d;
import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;
import static org.bytedeco.pytorch.global.torch.flatten;
import static org.bytedeco.pytorch.global.torch.from_blob;
import static org.bytedeco.pytorch.global.torch.group_norm;
import static org.bytedeco.pytorch.global.torch.linear;
import static org.bytedeco.pytorch.global.torch.max_pool2d;
import static org.bytedeco.pytorch.global.torch.ones;
import static org.bytedeco.pytorch.global.torch.relu;
import static org.bytedeco.pytorch.global.torch.zeros;

import dev.panorm.bench.compare.Call;
import dev.panorm.bench.task.Layer;
import dev.panorm.bench.task.StepCase;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A training step of libtorch: the functions behind its modules, its autograd and its SGD. */
final class TorchStep implements Call {

  private static final double EPS = 1e-5;
  private static final double BATCH_MOMENTUM = 0.1;

  private final StepCase.Step task;
  private final List<UnaryOperator<Tensor>> layers = new ArrayList<>();
  private final List<Tensor> parameters = new ArrayList<>();
  private final Iterator<dev.panorm.Tensor> starts;
  private final Tensor inputs;
  private final Tensor classes;
  private final SGD optimizer;

  TorchStep(StepCase.Step task) {
    this.task = task;
    starts = task.start().iterator();
    inputs = wrapped(task.inputs());
    classes =
        from_blob(
            Natives.raw(task.classes()),
            new long[] {task.classes().elements()},
            new long[] {1},
            new TensorOptions(ScalarType.Long));
    task.network().layers().forEach(layer -> layers.add(layer(layer)));
    SGDOptions options = new SGDOptions(StepCase.LEARNING_RATE);
    options.momentum().put(StepCase.MOMENTUM);
    optimizer = new SGD(new TensorVector(parameters.toArray(Tensor[]::new)), options);
  }

  private static Tensor wrapped(dev.panorm.Tensor tensor) {
    long[] dims = tensor.shape().dims();
    return Natives.torch(tensor, dims, Strides.contiguous(dims));
  }

  /** The next parameter, copied from where all start. */
  private Tensor parameter() {
    Tensor parameter = wrapped(starts.next()).clone().requires_grad_(true);
    parameters.add(parameter);
    return parameter;
  }

  private UnaryOperator<Tensor> layer(Layer layer) {
    return switch (layer) {
      case Layer.Linear _ -> {
        Tensor weight = parameter();
        TensorOptional bias = new TensorOptional(parameter());
        yield x -> linear(x, weight, bias);
      }
      case Layer.Convolution _ -> {
        Tensor weight = parameter();
        TensorOptional bias = new TensorOptional(parameter());
        long[] one = {1, 1};
        yield x -> conv2d(x, weight, bias, one, one, one, 1);
      }
      case Layer.Batch b -> {
        TensorOptional weight = new TensorOptional(parameter());
        TensorOptional bias = new TensorOptional(parameter());
        TensorOptional mean = new TensorOptional(zeros(b.channels()));
        TensorOptional variance = new TensorOptional(ones(b.channels()));
        yield x -> batch_norm(x, weight, bias, mean, variance, true, BATCH_MOMENTUM, EPS, false);
      }
      case Layer.Group g -> {
        TensorOptional weight = new TensorOptional(parameter());
        TensorOptional bias = new TensorOptional(parameter());
        yield x -> group_norm(x, g.groups(), weight, bias, EPS, false);
      }
      case Layer.Relu _ -> x -> relu(x);
      case Layer.Pool _ -> x -> max_pool2d(x, 2, 2);
      case Layer.Flat _ -> x -> flatten(x, 1, -1);
    };
  }

  @Override
  public String backend() {
    return "autograd";
  }

  @Override
  public void run() {
    GradMode.set_enabled(true);
    try (PointerScope _ = new PointerScope()) {
      optimizer.zero_grad();
      Tensor x = inputs;
      for (UnaryOperator<Tensor> layer : layers) {
        x = layer.apply(x);
      }
      Tensor loss = cross_entropy_loss(x, classes);
      loss.backward();
      optimizer.step();
      task.loss().fill(loss.item_float());
    } finally {
      GradMode.set_enabled(false);
    }
  }

  @Override
  public void close() {
    optimizer.close();
    parameters.forEach(Tensor::close);
  }
}
