package dev.panorm.train;

import dev.panorm.Tensor;
import dev.panorm.autograd.NoGrad;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.nn.Module;
import dev.panorm.nn.Sequential;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What happens to activations and weights layer by layer: one row for each module of a chain, for
 * one input. Traces of several steps of a training show how they drift.
 *
 * @param layers in the order of the chain
 */
public record ActivationTrace(List<Layer> layers) {

  /** Keeps a copy of the list. */
  public ActivationTrace {
    layers = List.copyOf(layers);
  }

  /**
   * One module.
   *
   * @param name its name in the chain
   * @param kind its class
   * @param norm √(Σ y² / n) of its output, the root mean square
   * @param mean mean of its output
   * @param variance biased variance of its output
   * @param weightNorm √Σ θ² of all its parameters, 0 without
   */
  public record Layer(
      String name, String kind, double norm, double mean, double variance, double weightNorm) {}

  /** Runs a batch through the chain in the mode that it is in, without gradients. */
  public static ActivationTrace of(Sequential network, Tensor inputs) {
    List<Layer> layers = new ArrayList<>();
    try (Tape _ = Tape.open();
        NoGrad _ = NoGrad.enter()) {
      Variable x = Variable.of(inputs);
      for (Map.Entry<String, Module> entry : network.children().entrySet()) {
        x = entry.getValue().forward(x);
        layers.add(layer(entry.getKey(), entry.getValue(), x.value().toDoubleArray()));
      }
    }
    return new ActivationTrace(layers);
  }

  private static Layer layer(String name, Module module, double[] y) {
    double mean = 0;
    for (double value : y) {
      mean += value / y.length;
    }
    double variance = 0;
    for (double value : y) {
      variance += (value - mean) * (value - mean) / y.length;
    }
    double squares = 0;
    for (Variable parameter : module.parameters()) {
      for (double value : parameter.value().toDoubleArray()) {
        squares += value * value;
      }
    }
    return new Layer(
        name,
        module.getClass().getSimpleName(),
        Math.sqrt(variance + mean * mean),
        mean,
        variance,
        Math.sqrt(squares));
  }
}
