package dev.panorm.train;

import dev.panorm.DType;
import dev.panorm.Tensor;
import dev.panorm.autograd.NoGrad;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.data.Batches;
import dev.panorm.data.Dataset;
import dev.panorm.nn.Module;
import dev.panorm.ops.Reductions;

/**
 * How well a network does on data that it is not trained on.
 *
 * @param loss mean loss of the samples
 * @param accuracy share of the samples whose class has the largest output, 0 to 1
 * @param samples number of samples
 */
public record Evaluation(double loss, double accuracy, long samples) {

  /**
   * Evaluates a network in evaluation mode; afterwards it is in the mode that it was in before.
   *
   * @param criterion loss of a batch
   * @param data inputs and class indices
   * @param batchSize samples at a time
   */
  public static Evaluation of(Module network, Criterion criterion, Dataset data, int batchSize) {
    boolean training = network.isTraining();
    network.eval();
    try {
      return sum(network, criterion, Batches.inOrder(data, batchSize).epoch(0));
    } finally {
      if (training) {
        network.train();
      }
    }
  }

  private static Evaluation sum(Module network, Criterion criterion, Batches.Epoch epoch) {
    double loss = 0;
    long correct = 0;
    long samples = 0;
    for (int i = 0; i < epoch.count(); i++) {
      try (Tape tape = Tape.open();
          NoGrad _ = NoGrad.enter()) {
        Dataset batch = epoch.batch(i, tape.scope());
        Variable output = network.forward(Variable.of(batch.inputs()));
        loss += criterion.loss(output, batch.targets()).item() * batch.size();
        correct += correct(output.value(), batch.targets());
        samples += batch.size();
      }
    }
    return new Evaluation(loss / samples, (double) correct / samples, samples);
  }

  private static long correct(Tensor output, Tensor classes) {
    Tensor predicted = Tape.memory().empty(DType.INT64, output.dim(0));
    Reductions.argmax(output, 1, predicted);
    long[] got = predicted.toLongArray();
    long[] expected = classes.toLongArray();
    long count = 0;
    for (int i = 0; i < got.length; i++) {
      count += got[i] == expected[i] ? 1 : 0;
    }
    return count;
  }
}
