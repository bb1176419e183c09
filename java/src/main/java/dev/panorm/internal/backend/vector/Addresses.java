package dev.panorm.internal.backend.vector;

import dev.panorm.Tensor;
import org.jspecify.annotations.Nullable;

/** Addresses of tensors that may be absent; 0 stands for none. */
final class Addresses {

  private Addresses() {}

  static long read(@Nullable Tensor tensor) {
    return tensor == null ? 0 : tensor.readAddress();
  }

  static long write(@Nullable Tensor tensor) {
    return tensor == null ? 0 : tensor.writeAddress();
  }
}
