package dev.panorm.optim;

import dev.panorm.Tensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What an optimizer remembers of one parameter: tensors of its shape, and how often it moved. */
final class State {

  private final @Nullable Tensor[] tensors;
  private long steps;

  State(@Nullable Tensor... tensors) {
    this.tensors = tensors;
  }

  Tensor tensor(int index) {
    return Objects.requireNonNull(tensors[index]);
  }

  @Nullable Tensor optional(int index) {
    return tensors[index];
  }

  long steps() {
    return steps;
  }

  void countStep() {
    steps++;
  }
}
