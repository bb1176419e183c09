package dev.panorm.peers;

import dev.panorm.Tensor;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

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
}
