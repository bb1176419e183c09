package dev.panorm.optim;

import dev.panorm.DType;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.internal.check.Check;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** Takes a saved state apart, name by name, with the checks of {@link Optimizer#loadStateDict}. */
final class StateReader {

  private final String optimizer;
  private final Map<String, Tensor> saved;
  private final Set<String> unread;

  StateReader(String optimizer, Map<String, Tensor> saved) {
    this.optimizer = optimizer;
    this.saved = saved;
    unread = new TreeSet<>(saved.keySet());
  }

  /** Returns whether there is anything with names that begin so. */
  boolean has(String prefix) {
    return saved.keySet().stream().anyMatch(name -> name.startsWith(prefix));
  }

  /** Returns a single number. */
  double number(String name, DType dtype) {
    Tensor tensor = take(name);
    check(
        tensor.dtype() == dtype && tensor.shape().equals(Shape.of()),
        name,
        tensor,
        "one number of " + dtype);
    return tensor.item();
  }

  /** Copies a tensor; floating-point types are converted. */
  void read(String name, Tensor to) {
    Tensor tensor = take(name);
    check(
        tensor.dtype().isFloating() && tensor.shape().equals(to.shape()),
        name,
        tensor,
        "floating point of shape " + to.shape());
    to.copyFrom(tensor);
  }

  private Tensor take(String name) {
    check(saved.containsKey(name), "state", saved.keySet(), name + " among the names");
    unread.remove(name);
    return Objects.requireNonNull(saved.get(name));
  }

  /** Throws if something was not read. */
  void end() {
    check(unread.isEmpty(), "state", "with unknown " + unread, "names of stateDict");
  }

  void check(boolean holds, String what, Object came, String expected) {
    Check.that(holds, optimizer, what, came, expected);
  }
}
