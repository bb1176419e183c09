package dev.panorm.peers;

import static org.bytedeco.pytorch.global.torch.local_response_norm;

import dev.panorm.bench.compare.Call;
import dev.panorm.bench.task.ResponseCase;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.LocalResponseNormOptions;
import org.bytedeco.pytorch.Tensor;

/** Local response normalization of libtorch, which composes it of pooling and other operations. */
final class TorchResponse {

  private TorchResponse() {}

  static Call call(ResponseCase.Response task) {
    Tensor x = wrapped(task, task.x());
    LocalResponseNormOptions options = new LocalResponseNormOptions(ResponseCase.NEIGHBOURS);
    Supplier<Tensor> forward = () -> local_response_norm(x, options);
    if (task.backward()) {
      return new TorchCall(
          "autograd",
          TorchGradient.of(forward, List.of(x), wrapped(task, task.dy())),
          List.of(wrapped(task, task.dx())));
    }
    return new TorchCall(
        "composed",
        results -> results.give(results.own(forward.get())),
        List.of(wrapped(task, task.y())));
  }

  private static Tensor wrapped(ResponseCase.Response task, dev.panorm.Tensor tensor) {
    long[] dims = task.x().shape().dims();
    return Natives.torch(tensor, dims, Strides.contiguous(dims));
  }
}
