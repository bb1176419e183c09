package dev.panorm.distributed;

import dev.panorm.Scope;
import dev.panorm.Tensor;
import dev.panorm.nn.Parameter;
import java.util.Arrays;
import java.util.List;

/**
 * The same network on each worker: what keeps the copies the same.
 *
 * {@snippet :
 * double share = (double) mine.size() / samplesOfAllWorkers;
 * Variable loss = Arithmetic.scale(criterion.loss(network.forward(x), target), share);
 * loss.backward();
 * Replicas.sumGradients(workers, network.parameters());
 * optimizer.step(); // the same step on every worker
 * }
 */
public final class Replicas {

  private Replicas() {}

  /**
   * Replaces each parameter's gradient by the sum of all workers' gradients of it, the same bits on
   * each; a worker without one counts as zeros, and where no worker has one, none comes.
   *
   * @param parameters the same in the same order on each worker
   */
  public static void sumGradients(Workers workers, List<Parameter> parameters) {
    for (Parameter parameter : parameters) {
      double[] sums = workers.allSum(withPresence(parameter));
      int elements = sums.length - 1;
      if (sums[elements] > 0) {
        give(parameter, Arrays.copyOf(sums, elements));
      }
    }
  }

  /** The gradient, and behind it 1 if there is one. */
  private static double[] withPresence(Parameter parameter) {
    int elements = Math.toIntExact(parameter.value().elements());
    Tensor gradient = parameter.grad();
    if (gradient == null) {
      return new double[elements + 1];
    }
    double[] values = Arrays.copyOf(gradient.toDoubleArray(), elements + 1);
    values[elements] = 1;
    return values;
  }

  private static void give(Parameter parameter, double[] values) {
    try (Scope scope = Scope.open()) {
      Tensor sum = scope.emptyLike(parameter.value());
      sum.copyFrom(values);
      parameter.zeroGrad();
      parameter.backward(sum);
    }
  }
}
