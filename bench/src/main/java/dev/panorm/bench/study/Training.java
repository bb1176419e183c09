package dev.panorm.bench.study;

import dev.panorm.DType;
import dev.panorm.Generator;
import dev.panorm.Shape;
import dev.panorm.backend.Backends;
import dev.panorm.backend.Operation;
import dev.panorm.bench.study.named.Norm;
import dev.panorm.data.Batches;
import dev.panorm.data.Split;
import dev.panorm.nn.Module;
import dev.panorm.optim.Adam;
import dev.panorm.optim.Optimizer;
import dev.panorm.train.Criterion;
import dev.panorm.train.EpochResult;
import dev.panorm.train.Evaluation;
import dev.panorm.train.Trainer;
import dev.panorm.train.TrainingListener;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Trains one network with Adam on softmax cross-entropy. The same seed gives the same weights and
 * batches, whatever the norm and the number of threads.
 */
final class Training {

  private static final int TEST_BATCH = 500;

  private final Split data;
  private final Settings settings;

  /**
   * How to train.
   *
   * @param epochs passes over the training data
   * @param batch images per step
   * @param learningRate Adam's
   * @param seed of weights and batches
   */
  record Settings(int epochs, int batch, double learningRate, long seed) {}

  Training(Split data, Settings settings) {
    this.data = data;
    this.settings = settings;
  }

  /** Returns how many steps a training has. */
  int steps() {
    return settings.epochs() * batches().count();
  }

  private Batches batches() {
    return Batches.shuffled(data.train(), settings.batch(), settings.seed());
  }

  /** Trains a network, and tests it after each epoch. */
  Result run(Network model, Norm norm, Progress progress) {
    Shape images = data.train().inputs().shape();
    Generator generator = new Generator(settings.seed());
    try (Module network =
            model.build(norm, images.dim(2), images.dim(3), data.train().classes(), generator);
        Optimizer optimizer = Adam.of(network.parameters(), settings.learningRate())) {
      List<Double> stepLoss = new ArrayList<>();
      List<Double> trainLoss = new ArrayList<>();
      List<Double> accuracy = new ArrayList<>();
      Criterion criterion = Criterion.crossEntropy();
      Trainer trainer = new Trainer(network, optimizer, criterion, listener(stepLoss, progress));
      Batches batches = batches();
      double seconds = 0;
      for (int epoch = 0; epoch < settings.epochs(); epoch++) {
        EpochResult trained = trainer.epoch(batches.epoch(epoch));
        Evaluation tested = Evaluation.of(network, criterion, data.test(), TEST_BATCH);
        seconds += trained.seconds();
        trainLoss.add(trained.loss());
        accuracy.add(tested.accuracy());
        progress.epoch(trained, tested);
      }
      double rate = settings.epochs() * data.train().size() / seconds;
      return new Result(
          model,
          norm,
          settings.seed(),
          backend(model),
          stepLoss,
          trainLoss,
          accuracy,
          seconds,
          rate);
    }
  }

  private static TrainingListener listener(List<Double> stepLoss, Progress progress) {
    return new TrainingListener() {
      @Override
      public void batchDone(long epoch, int batch, int batches, double loss) {
        stepLoss.add(loss);
        progress.step(stepLoss.size(), loss);
      }
    };
  }

  /** The backends that serve a network's main operations. */
  private static String backend(Network model) {
    long elements = 1 << 16;
    Set<String> names = new LinkedHashSet<>();
    names.add(Backends.select(Operation.GEMM, DType.FLOAT32, elements).name());
    if (model == Network.CNN) {
      names.add(Backends.select(Operation.CONVOLUTION, DType.FLOAT32, elements).name());
    }
    names.add(Backends.select(Operation.NORM, DType.FLOAT32, elements).name());
    return String.join(",", names);
  }
}
