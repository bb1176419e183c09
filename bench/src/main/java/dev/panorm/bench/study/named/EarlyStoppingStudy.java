package dev.panorm.bench.study.named;

import dev.panorm.data.Dataset;
import dev.panorm.data.Split;
import dev.panorm.nn.Sequential;
import dev.panorm.optim.Adam;
import dev.panorm.optim.Optimizer;
import dev.panorm.train.EarlyStopping;
import dev.panorm.train.Evaluation;
import java.util.ArrayList;
import java.util.List;

/** Stopping at the best validation loss, and both ways to use the validation data afterwards. */
final class EarlyStoppingStudy implements NamedStudy {

  private static final long TRAIN = 1000;
  private static final long VALIDATION = 500;
  private static final int EPOCHS = 30;
  private static final int PATIENCE = 5;
  private static final long WIDTH = 100;
  private static final double RATE = 1e-3;

  @Override
  public String name() {
    return "early-stopping";
  }

  @Override
  public String line() {
    return "the stored best copy against the last weights, and both ways to reuse validation data";
  }

  @Override
  public int points() {
    return EPOCHS + 2;
  }

  /** A few samples to learn from, so that it can overfit, and some to validate by. */
  private record Parts(Dataset train, Dataset validation, Dataset all, Dataset test) {
    static Parts of(Split data) {
      long both = Math.min(TRAIN + VALIDATION, data.train().size());
      long train = both * TRAIN / (TRAIN + VALIDATION);
      return new Parts(
          data.train().slice(0, train),
          data.train().slice(train, both),
          data.train().slice(0, both),
          data.test());
    }
  }

  @Override
  public Finding run(Setting setting) {
    Parts parts = Parts.of(setting.data().get());
    List<Double> train = new ArrayList<>();
    List<Double> validation = new ArrayList<>();
    double last = trainLong(parts, setting, train, validation);
    try (Sequential network = network(parts, setting)) {
      EarlyStopping.Outcome outcome = stop(network, parts, setting);
      double stored = Learning.test(network, parts.test()).loss();
      Continued continued = continueTraining(network, outcome, parts, setting);
      setting.done().accept(EPOCHS + 1);
      double fresh = retrainFresh(outcome, parts, setting);
      setting.done().accept(EPOCHS + 2);
      return new Finding(
          List.of(losses(train, validation)),
          "the copy of the weights that is stored when the validation error is least is better than"
              + " the weights after longer training",
          Say.format(
              "with patience %d it stops after %d epochs, the copy of epoch %d has a test loss of"
                  + " %.3f and %d epochs lead to %.3f; with the validation data too a fresh network"
                  + " comes to %.3f, and going on for %d epochs to %.3f",
              PATIENCE,
              outcome.epochs(),
              outcome.bestEpochs(),
              stored,
              EPOCHS,
              last,
              fresh,
              continued.epochs(),
              continued.loss()),
          outcome.epochs() < EPOCHS && stored < last);
    }
  }

  private static Figure losses(List<Double> train, List<Double> validation) {
    return new Figure(
        "early-stopping",
        "epoch",
        "loss",
        false,
        false,
        Figure.countTo(EPOCHS),
        List.of(new Figure.Curve("training", train), new Figure.Curve("validation", validation)));
  }

  /** Trains for all epochs, and returns the test loss at the end. */
  private static double trainLong(
      Parts parts, Setting setting, List<Double> train, List<Double> validation) {
    try (Sequential network = network(parts, setting);
        Optimizer adam = adam(network)) {
      for (int epoch = 0; epoch < EPOCHS; epoch++) {
        train.add(epoch(network, adam, parts.train(), setting, epoch));
        validation.add(Learning.test(network, parts.validation()).loss());
        setting.done().accept(epoch + 1);
      }
      return Learning.test(network, parts.test()).loss();
    }
  }

  private static EarlyStopping.Outcome stop(Sequential network, Parts parts, Setting setting) {
    try (Optimizer adam = adam(network)) {
      return new EarlyStopping(PATIENCE, 0)
          .train(
              network,
              EPOCHS,
              epoch ->
                  new EarlyStopping.EpochLosses(
                      epoch(network, adam, parts.train(), setting, epoch),
                      Learning.test(network, parts.validation()).loss()));
    }
  }

  private static double retrainFresh(EarlyStopping.Outcome outcome, Parts parts, Setting setting) {
    try (Sequential network = network(parts, setting);
        Optimizer adam = adam(network)) {
      EarlyStopping.retrainFresh(
          outcome, epoch -> epoch(network, adam, parts.all(), setting, epoch));
      return Learning.test(network, parts.test()).loss();
    }
  }

  private record Continued(int epochs, double loss) {}

  private static Continued continueTraining(
      Sequential network, EarlyStopping.Outcome outcome, Parts parts, Setting setting) {
    try (Optimizer adam = adam(network)) {
      int epochs =
          EarlyStopping.continueTraining(
              outcome,
              EPOCHS,
              epoch -> {
                epoch(network, adam, parts.all(), setting, epoch);
                return Learning.test(network, parts.validation()).loss();
              });
      Evaluation tested = Learning.test(network, parts.test());
      return new Continued(epochs, tested.loss());
    }
  }

  private static Sequential network(Parts parts, Setting setting) {
    return Mlp.of(parts.train(), 1, WIDTH).build(setting.seed());
  }

  private static Optimizer adam(Sequential network) {
    return Adam.of(network.parameters(), RATE);
  }

  private static double epoch(
      Sequential network, Optimizer optimizer, Dataset data, Setting setting, int epoch) {
    return Learning.epoch(network, optimizer, data, Learning.BATCH, setting.seed(), epoch);
  }
}
