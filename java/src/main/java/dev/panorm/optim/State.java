package dev.panorm.optim;

import dev.panorm.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What an optimizer remembers of one parameter: tensors of its shape, and how often it moved. */
final class State {

  private final List<String> names;
  private final @Nullable Tensor[] tensors;
  private long steps;

  /**
   * Before the first step.
   *
   * @param names PyTorch's, one for each tensor
   * @param tensors null for what the options do without
   */
  State(List<String> names, @Nullable Tensor... tensors) {
    this.names = names;
    this.tensors = tensors;
  }

  Tensor tensor(int index) {
    return Objects.requireNonNull(tensors[index]);
  }

  @Nullable Tensor optional(int index) {
    return tensors[index];
  }

  /** Returns the tensors that are there, by name. */
  Map<String, Tensor> named() {
    Map<String, Tensor> named = new LinkedHashMap<>();
    for (int i = 0; i < tensors.length; i++) {
      Tensor tensor = tensors[i];
      if (tensor != null) {
        named.put(names.get(i), tensor);
      }
    }
    return named;
  }

  long steps() {
    return steps;
  }

  void setSteps(long value) {
    steps = value;
  }

  void countStep() {
    steps++;
  }
}
