package dev.panorm.train;

import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.data.Batches;
import dev.panorm.data.Dataset;
import dev.panorm.data.Pass;
import dev.panorm.internal.check.Check;
import dev.panorm.nn.Module;
import dev.panorm.optim.Optimizer;
import java.util.ArrayList;
import java.util.List;

/**
 * The plain training loop: for each batch, output, loss, gradients, step.
 *
 * {@snippet :
 * Trainer trainer = new Trainer(network, optimizer, Criterion.crossEntropy());
 * List<EpochResult> results = trainer.fit(Batches.shuffled(data, 64, seed), 2);
 * }
 *
 * <p>It owns neither network nor optimizer, and belongs to one thread at a time.
 */
public final class Trainer {

  private final Module network;
  private final Optimizer optimizer;
  private final Criterion criterion;
  private final TrainingListener listener;

  /** Creates a loop that nobody watches. */
  public Trainer(Module network, Optimizer optimizer, Criterion criterion) {
    this(network, optimizer, criterion, TrainingListener.NONE);
  }

  /** Creates a loop. */
  public Trainer(
      Module network, Optimizer optimizer, Criterion criterion, TrainingListener listener) {
    this.network = network;
    this.optimizer = optimizer;
    this.criterion = criterion;
    this.listener = listener;
  }

  /** Trains for some epochs, numbered from 0. */
  public List<EpochResult> fit(Batches batches, int epochs) {
    Check.that(epochs >= 0, "fit", "epochs", epochs, "0 or more");
    List<EpochResult> results = new ArrayList<>();
    for (int epoch = 0; epoch < epochs; epoch++) {
      results.add(epoch(batches.epoch(epoch)));
    }
    return results;
  }

  /** Trains for one epoch, in training mode. */
  public EpochResult epoch(Pass epoch) {
    network.train();
    long start = System.nanoTime();
    double loss = 0;
    long samples = 0;
    for (int i = 0; i < epoch.count(); i++) {
      try (Tape tape = Tape.open()) {
        Dataset batch = epoch.batch(i, tape.scope());
        double batchLoss = step(batch);
        loss += batchLoss * batch.size();
        samples += batch.size();
        listener.batchDone(epoch.number(), i, epoch.count(), batchLoss);
      }
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    EpochResult result = new EpochResult(epoch.number(), loss / samples, samples, seconds);
    listener.epochDone(result);
    return result;
  }

  private double step(Dataset batch) {
    Variable loss = criterion.loss(network.forward(Variable.of(batch.inputs())), batch.targets());
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss.item();
  }
}
