package dev.panorm.peers;

import static org.bytedeco.pytorch.global.torch.grad;

import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/** Backward through libtorch's autograd, for operations without a backward kernel of their own. */
final class TorchGradient {

  private TorchGradient() {}

  /**
   * Runs forward once with a graph, and returns its backward, which keeps the graph.
   *
   * @param inputs what is differentiated by
   * @param dy upstream gradient
   */
  static TorchCall.Work of(Supplier<Tensor> forward, List<Tensor> inputs, Tensor dy) {
    inputs.forEach(input -> input.requires_grad_(true));
    GradMode.set_enabled(true);
    TensorVector outputs = new TensorVector(forward.get());
    GradMode.set_enabled(false);
    TensorVector leaves = new TensorVector(inputs.toArray(Tensor[]::new));
    TensorVector upstream = new TensorVector(dy);
    BoolOptional keep = new BoolOptional(true);
    return results -> {
      TensorVector gradients = results.own(grad(outputs, leaves, upstream, keep, false, false));
      results.give(gradients.get());
    };
  }
}
