package dev.panorm.bench.study;

import dev.panorm.DType;
import dev.panorm.Generator;
import dev.panorm.Scope;
import dev.panorm.Shape;
import dev.panorm.Tensor;
import dev.panorm.autograd.NoGrad;
import dev.panorm.autograd.Tape;
import dev.panorm.autograd.Variable;
import dev.panorm.backend.Backends;
import dev.panorm.backend.Operation;
import dev.panorm.data.Batches;
import dev.panorm.data.Dataset;
import dev.panorm.data.Split;
import dev.panorm.nn.CrossEntropyLoss;
import dev.panorm.nn.Module;
import dev.panorm.ops.Reductions;
import dev.panorm.optim.Adam;
import dev.panorm.optim.Optimizer;
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

  /** Hears how far a training is. */
  interface Listener {

    /** Called after each step. */
    void step(int done, int all, double loss);

    /** Called after each epoch. */
    void epoch(int done, double loss, double accuracy, double seconds);
  }

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

  /** Trains and tests a network. */
  Result run(Network model, Norm norm, Listener listener) {
    Shape images = data.train().inputs().shape();
    Generator generator = new Generator(settings.seed());
    try (Module network =
            model.build(norm, images.dim(2), images.dim(3), data.train().classes(), generator);
        Optimizer optimizer = Adam.of(network.parameters(), settings.learningRate())) {
      List<Double> stepLoss = new ArrayList<>();
      List<Double> trainLoss = new ArrayList<>();
      List<Double> accuracy = new ArrayList<>();
      long nanos = 0;
      for (int epoch = 0; epoch < settings.epochs(); epoch++) {
        long start = System.nanoTime();
        trainLoss.add(epoch(network, optimizer, epoch, stepLoss, listener));
        nanos += System.nanoTime() - start;
        accuracy.add(accuracy(network));
        listener.epoch(epoch + 1, trainLoss.getLast(), accuracy.getLast(), nanos * 1e-9);
      }
      double seconds = nanos * 1e-9;
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

  /** One pass over the training data; returns its mean loss. */
  private double epoch(
      Module network, Optimizer optimizer, int number, List<Double> stepLoss, Listener listener) {
    CrossEntropyLoss criterion = new CrossEntropyLoss();
    Batches.Epoch epoch = batches().epoch(number);
    network.train();
    double total = 0;
    for (int i = 0; i < epoch.count(); i++) {
      try (Tape tape = Tape.open()) {
        Dataset batch = epoch.batch(i, tape.scope());
        optimizer.zeroGrad();
        Variable loss =
            criterion.forward(network.forward(Variable.of(batch.inputs())), batch.targets());
        loss.backward();
        optimizer.step();
        stepLoss.add(loss.item());
        total += loss.item() * batch.size();
        listener.step(stepLoss.size(), steps(), loss.item());
      }
    }
    return total / data.train().size();
  }

  private double accuracy(Module network) {
    network.eval();
    Dataset test = data.test();
    Batches.Epoch epoch = Batches.inOrder(test, TEST_BATCH).epoch(0);
    long right = 0;
    try (NoGrad _ = NoGrad.enter()) {
      for (int i = 0; i < epoch.count(); i++) {
        try (Tape tape = Tape.open()) {
          right += right(network, epoch.batch(i, tape.scope()), tape.scope());
        }
      }
    }
    return (double) right / test.size();
  }

  private static long right(Module network, Dataset batch, Scope scope) {
    Tensor logits = network.forward(Variable.of(batch.inputs())).value();
    Tensor guesses = scope.empty(DType.INT64, batch.size());
    Reductions.argmax(logits, 1, guesses);
    long[] guessed = guesses.toLongArray();
    long[] wanted = batch.targets().toLongArray();
    long right = 0;
    for (int i = 0; i < wanted.length; i++) {
      right += guessed[i] == wanted[i] ? 1 : 0;
    }
    return right;
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
