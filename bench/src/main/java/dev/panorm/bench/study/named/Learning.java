package dev.panorm.bench.study.named;

import dev.panorm.data.Batches;
import dev.panorm.data.Dataset;
import dev.panorm.nn.Module;
import dev.panorm.optim.Optimizer;
import dev.panorm.train.Criterion;
import dev.panorm.train.Evaluation;
import dev.panorm.train.Trainer;

/** The training that the studies share: softmax cross entropy on shuffled batches. */
final class Learning {

  /** Samples per step where a study does not vary them. */
  static final int BATCH = 64;

  private static final int TEST_BATCH = 500;
  private static final Criterion CRITERION = Criterion.crossEntropy();

  private Learning() {}

  /** Trains for one epoch and returns the mean loss, each sample's before its step. */
  static double epoch(
      Module network, Optimizer optimizer, Dataset data, int batch, long seed, int epoch) {
    return new Trainer(network, optimizer, CRITERION)
        .epoch(Batches.shuffled(data, batch, seed).epoch(epoch))
        .loss();
  }

  /** Trains for some epochs on batches of the usual size. */
  static void train(Module network, Optimizer optimizer, Dataset data, long seed, int epochs) {
    for (int epoch = 0; epoch < epochs; epoch++) {
      epoch(network, optimizer, data, BATCH, seed, epoch);
    }
  }

  /** Returns loss and accuracy on data that it is not trained on. */
  static Evaluation test(Module network, Dataset data) {
    return Evaluation.of(network, CRITERION, data, TEST_BATCH);
  }

  /** Returns the share of the data that is not recognized, in per cent. */
  static double error(Module network, Dataset data) {
    return 100 * (1 - test(network, data).accuracy());
  }
}
