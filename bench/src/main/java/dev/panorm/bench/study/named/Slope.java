package dev.panorm.bench.study.named;

import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.data.Dataset;
import dev.panorm.nn.Module;
import dev.panorm.nn.Parameter;
import dev.panorm.train.Criterion;
import java.util.Objects;
import java.util.stream.DoubleStream;

/** Loss and gradient of a network on a batch, in training mode. */
final class Slope {

  private final double loss;
  private final double[] gradient;

  private Slope(double loss, double[] gradient) {
    this.loss = loss;
    this.gradient = gradient;
  }

  static Slope of(Module network, Dataset batch) {
    network.train();
    network.zeroGrad();
    try (Tape _ = Tape.open()) {
      Variable output = network.forward(Variable.of(batch.inputs()));
      Variable loss = Criterion.crossEntropy().loss(output, batch.targets());
      loss.backward();
      return new Slope(loss.item(), all(network));
    }
  }

  private static double[] all(Module network) {
    return network.parameters().stream()
        .flatMapToDouble(p -> DoubleStream.of(Objects.requireNonNull(p.grad()).toDoubleArray()))
        .toArray();
  }

  /** Moves all parameters by a factor of this gradient. */
  void move(Module network, double factor) {
    int from = 0;
    for (Parameter parameter : network.parameters()) {
      double[] values = parameter.value().toDoubleArray();
      for (int i = 0; i < values.length; i++) {
        values[i] += factor * gradient[from++];
      }
      parameter.value().copyFrom(values);
    }
  }

  double loss() {
    return loss;
  }

  /** Returns the gradient with respect to all parameters, one after the other. */
  double[] gradient() {
    return gradient;
  }
}
