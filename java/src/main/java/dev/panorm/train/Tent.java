package dev.panorm.train;

import dev.panorm.Tensor;
import dev.panorm.autograd.Activate;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.nn.BatchNorm;
import dev.panorm.nn.Module;
import dev.panorm.nn.Parameter;
import dev.panorm.optim.Optimizer;
import java.util.List;
import java.util.function.Function;

/**
 * Test-time adaptation by entropy minimization (Wang et al. 2021): on unlabelled test data, each
 * BatchNorm normalizes by the batch, and its scale and shift take a step towards predictions of
 * less entropy, H = −Σ p log p. Nothing else learns.
 *
 * <p>The object owns its optimizer, and the network's other parameters stay frozen until it is
 * closed. The running statistics of the network change.
 */
public final class Tent implements AutoCloseable {

  private final Module network;
  private final List<Parameter> frozen;
  private final Optimizer optimizer;

  /**
   * Begins to adapt.
   *
   * @param network has one BatchNorm or more with a scale or a shift
   * @param optimizer is given the scales and shifts, and makes what updates them
   */
  public Tent(Module network, Function<List<Parameter>, Optimizer> optimizer) {
    List<Parameter> adapted =
        network.modules().stream()
            .filter(BatchNorm.class::isInstance)
            .flatMap(norm -> norm.parameters().stream())
            .toList();
    if (adapted.isEmpty()) {
      throw new IllegalArgumentException(
          "tent: network has no BatchNorm with a scale or a shift, expected one or more");
    }
    this.network = network;
    frozen =
        network.parameters().stream()
            .filter(p -> p.requiresGrad() && !adapted.contains(p))
            .toList();
    frozen.forEach(parameter -> parameter.setTrainable(false));
    this.optimizer = optimizer.apply(adapted);
  }

  /**
   * Adapts to a batch and returns the mean entropy of its predictions, in nats, before the step.
   *
   * @param inputs a batch of test data
   */
  public double step(Tensor inputs) {
    network.eval();
    network.modules().stream().filter(BatchNorm.class::isInstance).forEach(Module::train);
    try (Tape _ = Tape.open()) {
      Variable entropy = entropy(network.forward(Variable.of(inputs)));
      network.zeroGrad();
      entropy.backward();
      optimizer.step();
      return entropy.item();
    }
  }

  /** Returns the mean over the rows of −Σ p log p, p = softmax(logits). */
  public static Variable entropy(Variable logits) {
    Variable logP = Activate.logSoftmax(logits, 1);
    Variable terms = Arithmetic.mul(Arithmetic.exp(logP), logP);
    return Arithmetic.scale(Sums.sum(terms), -1.0 / logits.shape().dim(0));
  }

  /** Lets the other parameters learn again and gives the optimizer's memory back. */
  @Override
  public void close() {
    frozen.forEach(parameter -> parameter.setTrainable(true));
    optimizer.close();
  }
}
