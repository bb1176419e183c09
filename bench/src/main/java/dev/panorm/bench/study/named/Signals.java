package dev.panorm.bench.study.named;

import dev.panorm.DType;
import dev.panorm.Generator;
import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.autograd.Arithmetic;
import dev.panorm.autograd.Sums;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.data.Dataset;
import dev.panorm.nn.Module;
import dev.panorm.nn.Parameter;
import dev.panorm.nn.Sequential;
import dev.panorm.train.ActivationTrace;
import java.util.List;
import java.util.Objects;

/**
 * What a network does to its signals before any training, layer by layer.
 *
 * @param activations root mean square of each hidden layer's output
 * @param gradients length of the gradient of each hidden layer's weights
 */
record Signals(List<Double> activations, List<Double> gradients) {

  private static final int SAMPLES = 256;

  /** Sends normal numbers through hidden layers with weights of variance c / width, and back. */
  static Signals of(Norm norm, int depth, long width, double c, long seed) {
    Generator draws = new Generator(seed + 1);
    try (Scope scope = Scope.open();
        Sequential network = Mlp.hidden(depth, width).norm(norm).variance(c).build(seed)) {
      Tensor x = scope.empty(DType.FLOAT32, SAMPLES, width);
      draws.next().fillNormal(x, 0, 1);
      Tensor upstream = scope.empty(DType.FLOAT32, SAMPLES, width);
      draws.next().fillNormal(upstream, 0, 1);
      List<Double> activations = activations(network, x);
      try (Tape _ = Tape.open()) {
        Variable y = network.forward(Variable.of(x));
        Sums.sum(Arithmetic.mul(y, Variable.of(upstream))).backward();
      }
      return new Signals(activations, gradients(network));
    }
  }

  /**
   * Sends samples through a network with hidden layers whose weights have the variance c / n, and
   * the gradient of the loss back.
   */
  static Signals of(Norm norm, Dataset data, int depth, long width, double c, long seed) {
    Dataset samples = data.slice(0, Math.min(SAMPLES, data.size()));
    try (Sequential network = Mlp.of(data, depth, width).norm(norm).variance(c).build(seed)) {
      List<Double> activations = activations(network, samples.inputs());
      Slope.of(network, samples);
      return new Signals(activations, gradients(network).subList(0, depth));
    }
  }

  private static List<Double> activations(Sequential network, Tensor x) {
    return ActivationTrace.of(network, x).layers().stream()
        .filter(layer -> layer.kind().equals("ReLU"))
        .map(ActivationTrace.Layer::norm)
        .toList();
  }

  private static List<Double> gradients(Module network) {
    return network.parameters().stream()
        .filter(parameter -> parameter.role() == Parameter.Role.WEIGHT)
        .map(p -> Numbers.length(Objects.requireNonNull(p.grad()).toDoubleArray()))
        .toList();
  }

  /** By what factor the activations change from the first layer to the last. */
  double change() {
    return activations.getLast() / activations.getFirst();
  }

  /** By what factor the gradient grows on its way back from the last layer to the first. */
  double gradientGrowth() {
    return gradients.getFirst() / gradients.getLast();
  }
}
