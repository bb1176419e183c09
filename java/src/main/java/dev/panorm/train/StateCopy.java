package dev.panorm.train;

import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.nn.Module;
import java.util.LinkedHashMap;
import java.util.Map;

/** A copy of a network's parameters and buffers, at first of its present state. */
final class StateCopy implements AutoCloseable {

  private final Scope scope = Scope.open();
  private final Module network;
  private final Map<String, Tensor> copies = new LinkedHashMap<>();

  StateCopy(Module network) {
    this.network = network;
    network.stateDict().forEach((name, tensor) -> copies.put(name, scope.copyOf(tensor)));
  }

  /** Takes over the present state. */
  void store() {
    network
        .stateDict()
        .forEach((name, tensor) -> copies.computeIfPresent(name, (n, copy) -> put(tensor, copy)));
  }

  private static Tensor put(Tensor from, Tensor to) {
    to.copyFrom(from);
    return to;
  }

  /** Gives the network the copied state. */
  void restore() {
    network.loadStateDict(copies);
  }

  @Override
  public void close() {
    scope.close();
  }
}
