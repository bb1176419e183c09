package dev.panorm.autograd;

import java.util.concurrent.atomic.AtomicLong;

/**
 * One call of a function in the graph. Nodes are numbered as they are made, so that whatever uses a
 * node's outputs has a higher number.
 */
final class Node {

  private static final AtomicLong COUNT = new AtomicLong();

  private final long number = COUNT.getAndIncrement();
  private final Function function;
  private final Variable[] inputs;
  private final int outputs;

  Node(Function function, Variable[] inputs, int outputs) {
    this.function = function;
    this.inputs = inputs;
    this.outputs = outputs;
  }

  long number() {
    return number;
  }

  Function function() {
    return function;
  }

  int inputs() {
    return inputs.length;
  }

  Variable input(int index) {
    return inputs[index];
  }

  int outputs() {
    return outputs;
  }
}
