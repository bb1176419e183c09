package dev.panorm.peers;

import static org.bytedeco.pytorch.global.torch.from_blob;

import dev.panorm.Tensor;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Panorm's memory as JavaCPP sees it. */
final class Natives {

  private Natives() {}

  /** A pointer to memory of somebody else. */
  private static final class At extends Pointer {
    At(long address) {
      this.address = address;
    }
  }

  /** Returns a pointer to the elements of a tensor, valid as long as the tensor. */
  static FloatPointer pointer(Tensor tensor) {
    try (At at = new At(tensor.updateAddress())) {
      return new FloatPointer(at).capacity(tensor.elements());
    }
  }

  /** Returns a pointer to the bytes of a tensor of any type, valid as long as the tensor. */
  static Pointer raw(Tensor tensor) {
    return new At(tensor.updateAddress());
  }

  /** Returns libtorch's view of the memory of a vector. */
  static org.bytedeco.pytorch.Tensor torch(Tensor tensor) {
    return torch(tensor, new long[] {tensor.elements()}, new long[] {1});
  }

  /** Returns libtorch's view of the memory of a tensor. */
  static org.bytedeco.pytorch.Tensor torch(Tensor tensor, long[] dims, long[] strides) {
    return from_blob(pointer(tensor), dims, strides, new TensorOptions(ScalarType.Float));
  }
}
