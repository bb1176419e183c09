package dev.panorm.train;

import dev.panorm.internal.check.Check;
import dev.panorm.nn.Module;
import java.util.function.IntConsumer;
import java.util.function.IntToDoubleFunction;

/**
 * Ends a training when the validation loss stops falling, and leaves the network with the weights
 * that were best, whatever ended it: the patience, the last epoch, or an exception.
 *
 * {@snippet :
 * EarlyStopping stopping = new EarlyStopping(3, 0);
 * EarlyStopping.Outcome outcome =
 *     stopping.train(network, 100, epoch -> new EarlyStopping.EpochLosses(trainOneEpoch(epoch), validate()));
 * }
 *
 * @param patience epochs without improvement after which to stop, 0 or more; 0 stops like 1 at the
 *     first
 * @param minDelta by how much a loss must be lower to be an improvement, 0 or more
 */
public record EarlyStopping(int patience, double minDelta) {

  /** Checks the options. */
  public EarlyStopping {
    Check.that(patience >= 0, "earlyStopping", "patience", patience, "0 or more");
    Check.that(minDelta >= 0, "earlyStopping", "minDelta", minDelta, "0 or more");
  }

  /** Trains for one epoch and validates. */
  @FunctionalInterface
  public interface Run {
    /**
     * Returns the losses of the epoch.
     *
     * @param epoch its number, from 0
     */
    EpochLosses epoch(int epoch);
  }

  /**
   * The losses of an epoch.
   *
   * @param train on the training data
   * @param validation on the validation data; NaN is no improvement
   */
  public record EpochLosses(double train, double validation) {}

  /**
   * How a training ended.
   *
   * @param bestEpochs number of epochs that led to the best weights, 0 if none was better than
   *     infinitely bad
   * @param epochs number of epochs trained
   * @param best losses at the best weights
   */
  public record Outcome(int bestEpochs, int epochs, EpochLosses best) {}

  /**
   * Trains until the validation loss has not improved for the patience, or for all epochs; the
   * network then has the best weights.
   *
   * @param network its parameters and buffers are copied at each improvement
   * @param maxEpochs 0 or more
   */
  public Outcome train(Module network, int maxEpochs, Run run) {
    Check.that(maxEpochs >= 0, "earlyStopping", "maxEpochs", maxEpochs, "0 or more");
    EpochLosses best = new EpochLosses(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
    int bestEpochs = 0;
    int epochs = 0;
    try (StateCopy copy = new StateCopy(network)) {
      try {
        while (epochs < maxEpochs && epochs - bestEpochs < Math.max(1, patience)) {
          EpochLosses losses = run.epoch(epochs);
          epochs++;
          if (losses.validation() < best.validation() - minDelta) {
            best = losses;
            bestEpochs = epochs;
            copy.store();
          }
        }
      } finally {
        copy.restore();
      }
    }
    return new Outcome(bestEpochs, epochs, best);
  }

  /**
   * The first way to use the validation data too: trains a freshly initialized network on all of it
   * for the number of epochs that was best before.
   *
   * @param run trains one epoch on training and validation data
   */
  public static void retrainFresh(Outcome outcome, IntConsumer run) {
    for (int epoch = 0; epoch < outcome.bestEpochs(); epoch++) {
      run.accept(epoch);
    }
  }

  /**
   * The second way: goes on from the best weights with training and validation data until the
   * validation loss is below the training loss that was recorded at the best epoch, or for so many
   * epochs, since that may never happen.
   *
   * @param run trains one epoch on all data and returns the loss on the validation data
   * @return number of epochs trained, {@code maxEpochs} where the loss was not reached
   */
  public static int continueTraining(Outcome outcome, int maxEpochs, IntToDoubleFunction run) {
    Check.that(maxEpochs >= 0, "earlyStopping", "maxEpochs", maxEpochs, "0 or more");
    for (int epoch = 0; epoch < maxEpochs; epoch++) {
      if (run.applyAsDouble(epoch) < outcome.best().train()) {
        return epoch + 1;
      }
    }
    return maxEpochs;
  }
}
