package dev.panorm.autograd;

import dev.panorm.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One walk back through the graph. Nodes are visited from the highest number down, so that all
 * gradients of a node's outputs have arrived before it is visited, and sums are taken in an order
 * that depends on the program alone.
 */
final class Backpropagation {

  /** The variables whose gradients are wanted; null means every leaf. */
  private final @Nullable Set<Variable> targets;

  private final Set<Node> onTheWay = new HashSet<>();
  private final Map<Variable, Variable> found = new LinkedHashMap<>();

  /** Leaves' own memory that was given away as room for their first gradients. */
  private final Map<Variable, Tensor> rooms = new HashMap<>();

  private final Map<Node, List<@Nullable Variable>> arrived = new LinkedHashMap<>();
  private final PriorityQueue<Node> queue =
      new PriorityQueue<>(Comparator.comparingLong(Node::number).reversed());

  private Backpropagation(@Nullable Set<Variable> targets) {
    this.targets = targets;
  }

  /** Adds gradients to every leaf. */
  static void toLeaves(Variable root, Variable upstream) {
    if (!root.requiresGrad()) {
      throw new IllegalStateException(
          "backward: nothing that the value was computed from wants a gradient");
    }
    Backpropagation pass = new Backpropagation(null);
    try (NoGrad _ = NoGrad.enter()) {
      pass.run(root, upstream);
      pass.found.forEach(
          (leaf, gradient) -> leaf.accumulate(gradient.value(), pass.rooms.get(leaf)));
    }
  }

  /** Returns the gradients of some variables, null where none flows. */
  static List<@Nullable Variable> to(List<Variable> inputs, Variable root, Variable upstream) {
    Backpropagation pass = new Backpropagation(new HashSet<>(inputs));
    pass.markWay(root);
    pass.run(root, upstream);
    List<@Nullable Variable> gradients = new ArrayList<>();
    for (Variable input : inputs) {
      gradients.add(pass.found.get(input));
    }
    return gradients;
  }

  boolean wants(Variable input) {
    return input.requiresGrad() && (targets == null || leadsToTarget(input));
  }

  /** Returns room for a gradient of a variable. */
  Tensor room(Variable variable) {
    boolean leaf = targets == null && variable.node() == null;
    if (!leaf || variable.grad() != null || rooms.containsKey(variable)) {
      return Arithmetic.like(variable);
    }
    Tensor own = variable.newGrad();
    rooms.put(variable, own);
    return own;
  }

  private boolean leadsToTarget(Variable variable) {
    Node node = variable.node();
    return isTarget(variable) || (node != null && onTheWay.contains(node));
  }

  private boolean isTarget(Variable variable) {
    return targets == null ? variable.node() == null : targets.contains(variable);
  }

  void arrive(Variable variable, Variable gradient) {
    checkLike(variable, gradient);
    if (isTarget(variable)) {
      found.merge(variable, gradient, Arithmetic::add);
    }
    Node node = variable.node();
    if (node != null && (targets == null || onTheWay.contains(node))) {
      List<@Nullable Variable> slots = arrived.get(node);
      if (slots == null) {
        slots = Arrays.asList(new @Nullable Variable[node.outputs()]);
        arrived.put(node, slots);
        queue.add(node);
      }
      Variable sum = slots.get(variable.output());
      slots.set(variable.output(), sum == null ? gradient : Arithmetic.add(sum, gradient));
    }
  }

  private static void checkLike(Variable variable, Variable gradient) {
    if (!gradient.shape().equals(variable.shape()) || gradient.dtype() != variable.dtype()) {
      throw new IllegalArgumentException(
          "backward: gradient is "
              + gradient.value()
              + ", expected shape "
              + variable.shape()
              + " of "
              + variable.dtype());
    }
  }

  private void run(Variable root, Variable upstream) {
    arrive(root, upstream);
    for (Node node = queue.poll(); node != null; node = queue.poll()) {
      List<@Nullable Variable> slots = arrived.remove(node);
      if (slots != null) {
        node.function().backward(new Gradients(this, node, slots));
      }
    }
  }

  /** Marks the nodes from which a target can be reached, inputs before what uses them. */
  private void markWay(Variable root) {
    for (Node node : below(root)) {
      for (int i = 0; i < node.inputs(); i++) {
        if (leadsToTarget(node.input(i))) {
          onTheWay.add(node);
        }
      }
    }
  }

  private static List<Node> below(Variable root) {
    Set<Node> seen = new HashSet<>();
    Deque<Node> open = new ArrayDeque<>();
    visit(root, seen, open);
    for (Node node = open.poll(); node != null; node = open.poll()) {
      for (int i = 0; i < node.inputs(); i++) {
        visit(node.input(i), seen, open);
      }
    }
    List<Node> ascending = new ArrayList<>(seen);
    ascending.sort(Comparator.comparingLong(Node::number));
    return ascending;
  }

  private static void visit(Variable variable, Set<Node> seen, Deque<Node> open) {
    Node node = variable.node();
    if (node != null && seen.add(node)) {
      open.add(node);
    }
  }
}
