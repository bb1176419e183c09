package dev.panorm.peers;

import static org.bytedeco.pytorch.global.torch.mm_out;

import dev.panorm.bench.compare.Call;
import dev.panorm.bench.task.ProductCase;
import org.bytedeco.pytorch.Tensor;

/** A product of libtorch into given memory. */
final class TorchProduct {

  private TorchProduct() {}

  static Call call(ProductCase.Product task) {
    long[] dims = {task.n(), task.n()};
    long[] strides = Strides.contiguous(dims);
    Tensor a = Natives.torch(task.a(), dims, strides);
    Tensor b = Natives.torch(task.b(), dims, strides);
    Tensor c = Natives.torch(task.c(), dims, strides);
    return Call.of(
        "mm",
        () -> {
          Tensor same = mm_out(c, a, b);
          same.close();
        });
  }
}
